"""Blank rows: reported once, where otherwise every rule would fail for each of them."""

from collections.abc import Iterator

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.validate.result import CheckFailure

# Identical rows without a key are no coincidence; more than a tenth are a broken file.
BLANK_SHARE = 0.10
# Fewer are reported one by one, by the rules they break.
FEWEST_BLANK = 20
_WHY = (
    "lines of nothing but commas are left over when somebody cuts a file down; have it sent again, "
    "or filter such lines out in the mapping"
)


def found(con: duckdb.DuckDBPyConnection, feed: Feed, rows: int) -> Iterator[CheckFailure]:
    """Look for identical rows that lack a part of their key.

    Args:
        con: the scratch database, with a view `landed`.
        feed: whose key identifies rows.
        rows: how many there are in all.
    """
    columns = ", ".join(map(sql_quoting.name, feed.columns))
    keyless = " or ".join(f"{sql_quoting.name(column)} is null" for column in feed.key)
    alike = con.execute(
        f"select count(*) from landed where {keyless} group by {columns} order by 1 desc limit 1"
    ).fetchall()
    blank = int(alike[0][0]) if alike else 0
    if blank >= FEWEST_BLANK and blank > BLANK_SHARE * rows:
        yield CheckFailure(
            "rows_not_emptied",
            f"rows identified by {', '.join(feed.key)}",
            f"{blank:,} of {rows:,} rows that are identical and lack it",
            _WHY,
        )
