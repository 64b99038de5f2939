"""Rows that somebody emptied: told once, where every rule would speak against each of them."""

from collections.abc import Iterator

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.validate.result import Finding

# Rows without a key that are all alike are no coincidence; more than a tenth are a broken file.
EMPTIED_SHARE = 0.10
# Fewer can be told of one by one, by the rules they break.
FEWEST_EMPTIED = 20
_WHY = (
    "lines of nothing but commas are left where somebody cut a file down; have it sent again, or "
    "leave such lines out in the mapping"
)


def found(con: duckdb.DuckDBPyConnection, feed: Feed, rows: int) -> Iterator[Finding]:
    """Look for rows that lack a part of their key and say nothing that the others do not say.

    Args:
        con: the bench, with a view `landed`.
        feed: whose key tells rows apart.
        rows: how many there are in all.
    """
    columns = ", ".join(map(sql_quoting.name, feed.columns))
    keyless = " or ".join(f"{sql_quoting.name(column)} is null" for column in feed.key)
    alike = con.execute(
        f"select count(*) from landed where {keyless} group by {columns} order by 1 desc limit 1"
    ).fetchall()
    emptied = int(alike[0][0]) if alike else 0
    if emptied >= FEWEST_EMPTIED and emptied > EMPTIED_SHARE * rows:
        yield Finding(
            "rows_not_emptied",
            f"rows that can be told apart by {', '.join(feed.key)}",
            f"{emptied:,} of {rows:,} rows without that are all alike",
            _WHY,
        )
