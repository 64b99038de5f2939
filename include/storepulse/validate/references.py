"""Misspelled references: `kit-001`, where products has `KIT-001`.

Such a row is accepted, and counts for an unknown product or order. The row alone does not show it,
so references are looked up among the accepted keys of the same source, and those not found are
compared again without case, blanks and full-width forms. A reference without any match is not
reported: its key may arrive later.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed, feed_named, referred_to
from storepulse.lake import walk
from storepulse.lake.paths import WindowFiles
from storepulse.validate import scratch_db
from storepulse.validate.result import CheckFailure

RULE = "references_written_as_keys"
_STORE = "store_id"
# Most rows refer to recent keys: 200 windows of six hours are seven weeks.
_NEAR = 200
_WHY = (
    "a reference spelled differently from its key matches no row and counts as unknown; have the "
    "mapping spell it like the key, or correct the feed of the key"
)
# The full-width forms of ASCII, in the same order.
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))


def compared(feed: Feed, files: WindowFiles) -> dict[str, list[Path]]:
    """List the reference columns that can be checked, with the accepted files of their keys."""
    found = {}
    for column, target in referred_to().items():
        if column in feed.columns and target != feed.name:
            keys = walk.accepted(files.settings, target, files.source)
            found[column] = [one.accepted for one in keys]
    return {column: places for column, places in found.items() if places}


def misspelled(
    con: duckdb.DuckDBPyConnection, feed: Feed, columns: dict[str, list[Path]]
) -> Iterator[CheckFailure]:
    """Report references that differ from an accepted key only in spelling.

    Args:
        con: the scratch database, with a view `readable`.
        feed: whose references.
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
            yield CheckFailure(
                RULE,
                f"{column} spelled as in {target.name}",
                f"{rows:,} {'row' if rows == 1 else 'rows'} where it differs from a key there only "
                f"in case, blanks or width",
                _WHY,
                f"{example} instead of {scratch_db.shown(column, found[-1])}",
            )


def _looked_up(
    con: duckdb.DuckDBPyConnection, column: str, within: Sequence[str], places: Sequence[Path]
) -> tuple[int, list[str]]:
    """Count the misspelled references; give the first of them, and the key it means."""
    name = sql_quoting.name(column)
    key = ", ".join([*within, name])
    con.execute(
        f"create or replace temp table referring as "
        f"select {key}, count(*) as rows from readable where {name} is not null group by all"
    )
    for near in (places[-_NEAR:], places[:-_NEAR]):
        if near and _any_left(con):
            con.execute(
                f"create or replace temp table referring as "
                f"select * from referring anti join {_read(near)} using ({key})"
            )
    if not _any_left(con):
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


def _any_left(con: duckdb.DuckDBPyConnection) -> bool:
    return con.execute("select 1 from referring limit 1").fetchone() is not None


def _read(places: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(sql_quoting.literal, places))}])"


def _folded(name: str) -> str:
    wide, plain = sql_quoting.literal(_WIDE), sql_quoting.literal(_PLAIN)
    return rf"regexp_replace(lower(translate({name}, {wide}, {plain})), '[\s\p{{Z}}]', '', 'g')"
