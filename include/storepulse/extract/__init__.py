"""Connectors, one module per kind of door. They know queries and windows, but no feed.

Each gives `extract(door, request) -> Extracted` and writes `rows.parquet` into the request's
folder: every value as text, null as null, and `_position`, the row's number in source order.
"""
