"""How complete the snapshots of a window are, compared with their usual size.

For a feed of snapshots (what a competitor's shop lists, what a warehouse holds) the registry names
the columns that identify one snapshot. A snapshot with 72 products where ten thousand are usual was
cut short, however many rows the others have.
"""

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting, usual_snapshots
from storepulse.validate.suite import row_rules
from storepulse.validate.suite.rules import Rule
from storepulse.validate.volume import accepted_before

# The usual size is that of the last eight weeks. What lasts for eight weeks is the new usual, so a
# shop that gave up half its range is not refused forever.
LOOKBACK_DAYS = 56
# A share means little for a handful: one of three products may well be gone.
FEWEST_ITEMS = 20
# Snapshots that a message names.
_SHOWN = 3


def measured(
    con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles, has_snapshots: bool
) -> str:
    """SQL for the derived columns of a row of `typed` (see `casting.validated_columns`).

    Args:
        con: the scratch database, with a table `typed`; for a feed of snapshots it gets a table of
            them.
        feed: whose rows they are.
        files: the window, and where the accepted ones before it are.
        has_snapshots: whether the source delivers complete snapshots.
    """
    moment = f"typed.{sql_quoting.name(feed.change_time)}"
    columns = [f"strftime({moment}, '%Y-%m-%d %H:00') as {casting.HOUR}"]
    if feed.snapshot:
        share = "cast(null as decimal(18, 8))"
        if has_snapshots:
            _create_snapshots(con, feed, files)
            share = _share_of_row(feed)
        columns.append(f"{usual_snapshots.whose(feed)} as {casting.SNAPSHOT}")
        columns.append(f"{share} as {casting.SNAPSHOT_SHARE}")
    return ", ".join(columns)


def _create_snapshots(con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles) -> None:
    """Make the table `snapshots`: the size of each one in the window, and its usual size.

    A snapshot is what one group (a competitor, a warehouse) showed on one UTC day of one window.
    Its size is its number of distinct items (products), so that being taken twice a day makes it no
    larger. The usual size is the upper quartile of the group's snapshots of the eight weeks before,
    those of this window included: it stays stable while fewer than three in four are cut short.

    Args:
        con: the scratch database, with a table `typed`.
        feed: with `snapshot` columns.
        files: the window, and where the accepted ones before it are.
    """
    earlier = [
        sql_quoting.literal(path)
        for window, path in accepted_before(files).items()
        if (files.window.start - window.end).days <= LOOKBACK_DAYS
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
                quantile_cont(items, 0.75) over (
                    partition by {group} order by day
                    range between interval {LOOKBACK_DAYS} days preceding
                    and interval 1 day preceding
                ) as usual
            from known
        )
        select
            * exclude (is_own),
            case when usual >= {FEWEST_ITEMS}
                then cast(items / usual as decimal(18, 8)) end as share
        from measured where is_own
        """
    )


def _share_of_row(feed: Feed) -> str:
    """SQL for the `share` of the snapshot that a row of `typed` belongs to."""
    same = " and ".join(
        f"snapshots.{sql_quoting.name(column)} = typed.{sql_quoting.name(column)}"
        for column in feed.snapshot
    )
    return (
        f"(select share from snapshots where {same} "
        f"and snapshots.day = date_trunc('day', typed.{sql_quoting.name(feed.change_time)}))"
    )


def incomplete(con: duckdb.DuckDBPyConnection, feed: Feed, rule: Rule) -> str:
    """Name the snapshots that break a rule on their share, with sizes, least complete first."""
    named = ", ".join(sql_quoting.name(column) for column in feed.snapshot)
    found = con.execute(
        f"select {named}, strftime(day, '%Y-%m-%d'), items, usual "
        f"from (select *, share as {casting.SNAPSHOT_SHARE} from snapshots) "
        f"where {row_rules.failing(rule)} order by share, day, {named} limit {_SHOWN}"
    ).fetchall()
    return "; ".join(
        f"{', '.join(row[:-3])} on {row[-3]}: {row[-2]:,} where {row[-1]:,.0f} are usual"
        for row in found
    )


def _sizes(feed: Feed, rows: str, is_own: str) -> str:
    identifying = [c for c in feed.key if c not in feed.snapshot and c != feed.change_time]
    item = ", ".join(map(sql_quoting.name, identifying))
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
            count(distinct ({item})) as items,
            {is_own} as is_own
        from {rows}
        where {placed}
        group by all
    """
