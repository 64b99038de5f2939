"""Apply the manual corrections of a window's rows in its scratch database."""

import json
from collections.abc import Mapping
from decimal import Decimal

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.lake.decisions import Decision
from storepulse.validate import casting, scratch_db

_DECISIONS = '[{"row_id": "varchar", "action": "varchar", "corrections": "map(varchar, varchar)"}]'


def row_id(feed: Feed) -> str:
    """SQL that identifies a landed row by a hash of its text, whatever its position."""
    texts = ", ".join(f"raw.{sql_quoting.name(column)}" for column in feed.columns)
    return f"md5(to_json([{texts}])::varchar)"


def apply_decisions(
    con: duckdb.DuckDBPyConnection, feed: Feed, decisions: Mapping[str, Decision]
) -> None:
    """Make the view `landed`: the raw rows with corrections applied and dropped rows left out.

    Args:
        con: the scratch database, after `landed_columns`.
        feed: whose columns identify a row.
        decisions: those in force for rows of this window, by row id.
    """
    if not decisions:
        con.execute("create view landed as select * from raw")
        return
    listed = json.dumps(
        [
            {"row_id": one.row_id, "action": one.action, "corrections": dict(one.values)}
            for one in decisions.values()
        ]
    )
    con.execute(
        f"""
        create or replace table decided as
        with decisions as (select unnest(from_json(?, '{_DECISIONS}')) as one)
        select
            raw._position,
            one.row_id as _row_id,
            one.action,
            one.corrections
        from raw inner join decisions on {row_id(feed)} = one.row_id
        """,
        [listed],
    )
    corrected = ", ".join(
        f"case when map_contains(decided.corrections, {sql_quoting.literal(column)}) "
        f"then decided.corrections[{sql_quoting.literal(column)}] "
        f"else raw.{sql_quoting.name(column)} end as {sql_quoting.name(column)}"
        for column in feed.columns
    )
    con.execute(
        f"""
        create view landed as
        select raw.* replace ({corrected})
        from raw left join decided on raw._position = decided._position
        where decided.action is distinct from 'drop'
        """
    )


def dropped(con: duckdb.DuckDBPyConnection, feed: Feed) -> tuple[int, dict[str, Decimal]]:
    """Count the dropped rows, and their money."""
    rows = "select * from raw semi join (from decided where action = 'drop') using (_position)"
    count = con.execute("select count(*) from decided where action = 'drop'").fetchall()[0][0]
    return int(count), scratch_db.amounts(
        con, f"({casting.typed_rows(feed, rows)})"
    ) if count else {}


def corrected_and_passing(con: duckdb.DuckDBPyConnection) -> int:
    """Count the rows that are accepted because somebody corrected them."""
    found = con.execute(
        "select count(*) from decided anti join refusals using (_position) where action = 'fix'"
    ).fetchall()
    return int(found[0][0])
