"""Connectors, one module per kind of connection. They know queries and windows, but no feed.

Each has `extract(config, request) -> Extracted`, where `config` is the connection as `source.yaml`
describes it, and writes `rows.parquet` into the request's folder: every value as text, null as
null, and `_position`, the row's number in source order.
"""
