"""How whole the snapshots of a window are, by what each of them usually shows.

A feed of snapshots (what a competitor's shop shows, what a warehouse holds) says in the registry by
which columns one snapshot is told from another. One that brings 72 products where ten thousand are
usual was cut short, however many rows the others bring.
"""

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, usual_snapshots
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Rule
from storepulse.windows import Window

# How far back the usual is looked for. What has been so for eight weeks is the new usual, so that
# a shop that gave half its range up is not refused for ever.
DAYS_LOOKED_AT = 56
# A share says nothing about a handful: of three products one may well be gone.
FEWEST_THINGS = 20
# Snapshots that a message names.
_SHOWN = 3


def measured(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, brings_snapshots: bool
) -> str:
    """SQL for what a row of `typed` is judged by beside its columns (`casting.judged_columns`).

    Args:
        con: the bench, with a table `typed`; of a feed of snapshots it gets a table of them.
        feed: whose rows they are.
        files: the window, and where the accepted ones before it are.
        brings_snapshots: whether the source takes in all there is each time.
    """
    moment = f"typed.{sql_quoting.name(feed.change_time)}"
    columns = [f"strftime({moment}, '%Y-%m-%d %H:00') as {casting.HOUR}"]
    if feed.snapshot:
        share = "cast(null as decimal(18, 8))"
        if brings_snapshots:
            _lay_out(con, feed, files)
            share = _share_of_its_row(feed)
        columns.append(f"{usual_snapshots.whose(feed)} as {casting.SNAPSHOT}")
        columns.append(f"{share} as {casting.SNAPSHOT_SHARE}")
    return ", ".join(columns)


def _lay_out(con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles) -> None:
    """Make the table `snapshots`: what each one of the window shows, and what is usual for it.

    A snapshot is what one group (a competitor, a warehouse) showed on one UTC day of one window.
    It is measured in different things (products), so that being taken twice a day makes it no
    larger. The usual is the upper quartile of the group's snapshots of eight weeks before, those
    of this window included: it stays where it is while most of them are cut short.

    Args:
        con: the bench, with a table `typed`.
        feed: with `snapshot` columns.
        files: the window, and where the accepted ones before it are.
    """
    earlier = [
        sql_quoting.literal(path)
        for path in sorted(files.accepted.parent.glob("[0-9]*.parquet"))
        if (window := Window.from_id(path.stem)).start < files.window.start
        and (files.window.start - window.end).days <= DAYS_LOOKED_AT
    ]
    known = _sizes(feed, "typed", "true")
    if earlier:
        accepted = f"read_parquet([{', '.join(earlier)}])"
        known += f" union all {_sizes(feed, accepted, 'false')}"
    group = ", ".join(map(sql_quoting.name, feed.snapshot))
    con.execute(
        f"""
        create or replace table snapshots as
        with known as ({known}),
        measured as (
            select
                * exclude (_window),
                quantile_cont(things, 0.75) over (
                    partition by {group} order by day
                    range between interval {DAYS_LOOKED_AT} days preceding
                    and interval 1 day preceding
                ) as usual
            from known
        )
        select
            * exclude (is_own),
            case when usual >= {FEWEST_THINGS}
                then cast(things / usual as decimal(18, 8)) end as share
        from measured where is_own
        """
    )


def _share_of_its_row(feed: Feed) -> str:
    """SQL for the share of the snapshot that a row of `typed` belongs to."""
    same = " and ".join(
        f"snapshots.{sql_quoting.name(column)} = typed.{sql_quoting.name(column)}"
        for column in feed.snapshot
    )
    return (
        f"(select share from snapshots where {same} "
        f"and snapshots.day = date_trunc('day', typed.{sql_quoting.name(feed.change_time)}))"
    )


def against(con: duckdb.DuckDBPyConnection, feed: Feed, rule: Rule) -> str:
    """Name the snapshots that break a rule on their share, least whole first, and by how much."""
    named = ", ".join(sql_quoting.name(column) for column in feed.snapshot)
    found = con.execute(
        f"select {named}, strftime(day, '%Y-%m-%d'), things, usual "
        f"from (select *, share as {casting.SNAPSHOT_SHARE} from snapshots) "
        f"where {row_rules.failing(rule)} order by share, day, {named} limit {_SHOWN}"
    ).fetchall()
    return "; ".join(
        f"{', '.join(row[:-3])} on {row[-3]}: {row[-2]:,} where {row[-1]:,.0f} are usual"
        for row in found
    )


def _sizes(feed: Feed, rows: str, is_own: str) -> str:
    things = [c for c in feed.key if c not in feed.snapshot and c != feed.change_time]
    packed = ", ".join(map(sql_quoting.name, things))
    group = ", ".join(map(sql_quoting.name, feed.snapshot))
    window = "null::varchar" if is_own == "true" else "_window"
    placed = " and ".join(
        f"{sql_quoting.name(column)} is not null" for column in (*feed.snapshot, feed.change_time)
    )
    return f"""
        select
            {group},
            date_trunc('day', {sql_quoting.name(feed.change_time)})::timestamp as day,
            {window} as _window,
            count(distinct ({packed})) as things,
            {is_own} as is_own
        from {rows}
        where {placed}
        group by all
    """
