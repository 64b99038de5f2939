"""Whose snapshots a window should contain, from the windows accepted before it.

`snapshot_completeness` checks the snapshots that arrived; a shop that changed its address, or a
warehouse that is no longer queried, sends none. Expected is whoever was there in most of the same
hours of the weeks before. So a shop given up on purpose is missed for two weeks and then no more.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.lake.paths import WindowFiles
from storepulse.validate import casting
from storepulse.validate.volume import FEWEST_ALIKE, accepted_before
from storepulse.windows import Window

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
# As for volumes: four weeks, and in a source's first two weeks the seven days before.
_LOOKBACK_WEEKS, _LOOKBACK_DAYS = 4, 7
# Missing snapshots that a message names.
_SHOWN = 3


def whose(feed: Feed) -> str:
    """SQL for whose snapshot a row belongs to, `us_site: alpha`; null where not known."""
    return " || ': ' || ".join(sql_quoting.name(column) for column in feed.snapshot)


def usual(feed: Feed, files: WindowFiles) -> dict[str, float] | None:
    """Work out whose snapshots a window should contain.

    Args:
        feed: with `snapshot` columns.
        files: the window, and where the accepted ones before it are.

    Returns:
        `us_site: alpha` and its usual rows (the median over the spans that have it); None while
        there are fewer than two earlier spans to compare with.
    """
    earlier = accepted_before(files)
    weeks = _known(_spans(files.window, _WEEK, _LOOKBACK_WEEKS), earlier)
    days = _known(_spans(files.window, _DAY, _LOOKBACK_DAYS), earlier)
    spans = next((found for found in (weeks, days) if len(found) >= FEWEST_ALIKE), [])
    if not spans:
        return None
    counted = " union all ".join(_counted(feed, span, earlier) for span in spans)
    with duckdb.connect() as con:
        found = con.execute(
            f"select whose, median(row_count) from ({counted}) where whose is not null "
            f"group by 1 having count(*) * 2 > {len(spans)} order by 1"
        ).fetchall()
    return {str(one): float(rows) for one, rows in found}


def missing(con: duckdb.DuckDBPyConnection, feed: Feed, files: WindowFiles) -> str:
    """Name the missing snapshots, when each was last seen, and how many rows are usual.

    Args:
        con: the scratch database, with a view `readable`.
        feed: with `snapshot` columns.
        files: the window, and where the accepted ones before it are.
    """
    arrived = con.execute(f"select distinct {casting.SNAPSHOT} from readable").fetchall()
    missed = {
        one: rows for one, rows in (usual(feed, files) or {}).items() if (one,) not in arrived
    }
    moment = sql_quoting.name(feed.change_time)
    # Whatever is usual was seen within the lookback weeks.
    latest = [
        path
        for window, path in accepted_before(files).items()
        if window.end > files.window.start - _LOOKBACK_WEEKS * _WEEK
    ]
    last = dict(
        con.execute(
            f"select {whose(feed)}, max({moment}) from {_rows_of(latest)} group by 1"
        ).fetchall()
    )
    named = [
        f"{one} (last seen {last[one]:%Y-%m-%d %H:%M} UTC, {rows:,.0f} rows are usual)"
        for one, rows in list(missed.items())[:_SHOWN]
    ]
    more = len(missed) - len(named)
    return f"none of {', '.join(named)}{f' and {more} more' if more else ''}"


def _spans(window: Window, period: timedelta, count: int) -> list[Window]:
    """The same hours of earlier periods; at most one period long each."""
    end = min(window.end, window.start + period)
    return [
        Window(window.start - step * period, end - step * period) for step in range(1, count + 1)
    ]


def _known(spans: Iterable[Window], earlier: Mapping[Window, Path]) -> list[Window]:
    """Those spans that accepted windows cover completely."""
    known = []
    for span in spans:
        reached = span.start
        for window in sorted(earlier):
            if window.start <= reached:
                reached = max(reached, window.end)
        if reached >= span.end:
            known.append(span)
    return known


def _counted(feed: Feed, span: Window, earlier: Mapping[Window, Path]) -> str:
    """SQL for each one's number of rows in a span.

    If the span was a window, its rows are those of that window: a page is read after its window has
    ended. Otherwise, as in a history, rows are assigned by their change time.
    """
    if span in earlier:
        rows = _rows_of([earlier[span]])
    else:
        moment = sql_quoting.name(feed.change_time)
        start, end = (f"timestamp '{bound:%Y-%m-%d %H:%M:%S}'" for bound in (span.start, span.end))
        within = [
            path for one, path in earlier.items() if one.start < span.end and span.start < one.end
        ]
        rows = f"{_rows_of(within)} where {moment} >= {start} and {moment} < {end}"
    return f"select {whose(feed)} as whose, count(*) as row_count from {rows} group by 1"


def _rows_of(places: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(sql_quoting.literal(path) for path in sorted(places))}])"
