"""Good rows in the forms sources send them, for cases to break."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

import duckdb

from bad_input.shop import Outcome, Shop
from storepulse.feeds.registry import feed_named
from support.landed_windows import GOOD_ROWS, good_rows

Row = Mapping[str, str | None]
FEES = list(feed_named("fees").columns)
PRODUCTS = list(feed_named("products").columns)
ORDERS = list(feed_named("orders").columns)


def as_csv(rows: Sequence[Row], columns: Sequence[str] | None = None, end: str = "\n") -> bytes:
    """Write rows with a header; a missing value is empty."""
    file = io.StringIO()
    writer = csv.DictWriter(
        file, columns or list(rows[0]), lineterminator=end, extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def as_json_lines(rows: Sequence[Row]) -> bytes:
    """Write one object per line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(shop: Shop, query: str) -> bytes:
    """Write the rows of a query."""
    place = shop.folder / "given.parquet"
    duckdb.execute(f"copy ({query}) to '{place}' (format parquet)")
    return place.read_bytes()


def fees(count: int = 2, **changes: str | None) -> list[Row]:
    """Give charges with different ids, all with the given changes."""
    return [{**row, **changes} for row in good_rows("fees", count)]


def products(**changes: str | None) -> list[Row]:
    """Give one product with the given changes."""
    return [{**GOOD_ROWS["products"], **changes}]


def statement(table: str, rows: Sequence[Row]) -> list[str]:
    """Write rows as SQL that makes a table of text."""
    columns = ", ".join(f"{name} text" for name in rows[0])
    values = ", ".join(
        "(" + ", ".join("null" if value is None else f"'{value}'" for value in row.values()) + ")"
        for row in rows
    )
    return [f"create table {table} ({columns})", f"insert into {table} values {values}"]


def alone(shop: Shop, feed: str, **changes: str | None) -> Outcome:
    """Validate one row with the given changes."""
    return shop.rows(feed, [{**GOOD_ROWS[feed], **changes}])
