"""References that miss their key by how they are written: `kit-001`, where products has `KIT-001`.

Such a row is accepted, and counts for a product or an order that nobody knows. Nothing of the row
tells; so what it refers to is looked up among the accepted keys of the same source, and what is not
there is compared without case, blanks and full-width forms. What is in no way there is not told: it
may come later.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed, feed_named, referred_to
from storepulse.lake.paths import WindowFiles
from storepulse.validate import scratch_db
from storepulse.validate.result import Finding

RULE = "references_written_as_keys"
_STORE = "store_id"
# Most rows refer to what came with them or not long before: of windows of six hours, some weeks.
_NEAR = 200
_WHY = (
    "a reference written otherwise than its key finds no row, and counts as of an unknown one; "
    "have the mapping write it as the key is written, or correct the key's own feed"
)
# A full-width sign lies as far behind the plain one as the first of them.
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))


def compared(feed: Feed, files: WindowFiles) -> dict[str, list[Path]]:
    """List the columns that can be compared, with the accepted files of what they refer to."""
    found = {}
    for column, target in referred_to().items():
        if column in feed.columns and target != feed.name:
            folder = files.settings.accepted / target / files.source
            found[column] = sorted(folder.glob("[0-9]*.parquet"))
    return {column: places for column, places in found.items() if places}


def misspelled(
    con: duckdb.DuckDBPyConnection, feed: Feed, columns: dict[str, list[Path]]
) -> Iterator[Finding]:
    """Tell of references that differ from an accepted key only in how they are written.

    Args:
        con: the bench, with a view `judged`.
        feed: whose rows refer.
        columns: of `compared`.
    """
    for column, places in columns.items():
        target = feed_named(referred_to()[column])
        within = [_STORE] if _STORE in target.key and column != _STORE else []
        rows, found = _looked_up(con, column, within, places)
        if rows:
            example = ", ".join(
                f"{name}={scratch_db.shown(name, value)}"
                for name, value in zip([*within, column], found, strict=False)
            )
            yield Finding(
                RULE,
                f"{column} as {target.name} has it",
                f"{rows:,} {'row' if rows == 1 else 'rows'} whose {column} differs from a key "
                f"there in case, blanks or width",
                _WHY,
                f"{example} for {scratch_db.shown(column, found[-1])}",
            )


def _looked_up(
    con: duckdb.DuckDBPyConnection, column: str, within: Sequence[str], places: Sequence[Path]
) -> tuple[int, list[str]]:
    """Count the rows that miss their key by its spelling; give the first of them, and its key."""
    name = sql_quoting.name(column)
    key = ", ".join([*within, name])
    con.execute(
        f"create or replace temp table referring as "
        f"select {key}, count(*) as rows from judged where {name} is not null group by all"
    )
    for near in (places[-_NEAR:], places[:-_NEAR]):
        if near and _are_left(con):
            con.execute(
                f"create or replace temp table referring as "
                f"select * from referring anti join {_read(near)} using ({key})"
            )
    if not _are_left(con):
        return 0, []
    found = con.execute(
        f"""
        with known as (select distinct {key}, {_folded(name)} as folded from {_read(places)}),
        missing as (select *, {_folded(name)} as folded from referring),
        misspelled as (
            select missing.* exclude (folded), min(known.{name}) as meant
            from missing inner join known using ({", ".join([*within, "folded"])})
            group by all
        )
        select sum(rows) over (), * exclude (rows) from misspelled order by all limit 1
        """
    ).fetchall()
    return (int(found[0][0]), [str(value) for value in found[0][1:]]) if found else (0, [])


def _are_left(con: duckdb.DuckDBPyConnection) -> bool:
    return con.execute("select 1 from referring limit 1").fetchone() is not None


def _read(places: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(sql_quoting.literal, places))}])"


def _folded(name: str) -> str:
    wide, plain = sql_quoting.literal(_WIDE), sql_quoting.literal(_PLAIN)
    return rf"regexp_replace(lower(translate({name}, {wide}, {plain})), '[\s\p{{Z}}]', '', 'g')"
