"""How many rows a window usually has, from the windows accepted before it.

Only windows that start earlier count, so validating an old window again gives the same result.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from storepulse import sql_quoting
from storepulse.feeds.registry import Feed
from storepulse.lake import walk
from storepulse.lake.paths import WindowFiles
from storepulse.windows import Window

# A month of six-hour windows is 120; a week of them covers every hour and weekday once.
LATEST_WINDOWS = 28
_DAY, _WEEK, _HOUR = timedelta(days=1), timedelta(weeks=1), timedelta(hours=1)
# One holiday does not move a median of four weeks; eight weeks ago is another season.
_LOOKBACK_WEEKS, _LOOKBACK_DAYS = 4, 7
_OLDEST = timedelta(weeks=8)
# One window shows no pattern: it may have been the unusual one.
FEWEST_ALIKE = 2
# An hour that had at least this many rows in each of its weeks is empty by chance about once in
# five hundred million.
_ROWS_OF_A_BUSY_HOUR = 20


@dataclass(frozen=True)
class UsualRows:
    """How many rows a window of this length usually has.

    Attributes:
        at_this_time: the median of the latest four windows at the same weekday and hours; while
            there are fewer than two, of the latest seven at the same hours of any day; while there
            are fewer than two of those, `at_this_pace`.
        at_this_pace: rows per hour of the latest 28 windows, times this one's length.
    """

    at_this_time: float
    at_this_pace: float


def usual_rows(files: WindowFiles) -> UsualRows | None:
    """Work out how many rows are usual; None when no earlier window was accepted."""
    earlier = accepted_before(files)
    latest = sorted(earlier)[-LATEST_WINDOWS:]
    if not latest:
        return None
    of_weeks = _alike(files.window, earlier, _WEEK)[-_LOOKBACK_WEEKS:]
    of_days = _alike(files.window, earlier, _DAY)[-_LOOKBACK_DAYS:]
    alike = next((found for found in (of_weeks, of_days) if len(found) >= FEWEST_ALIKE), [])
    rows = _rows_of({window: earlier[window] for window in {*latest, *alike}})
    span = sum((window.end - window.start for window in latest), timedelta())
    length = files.window.end - files.window.start
    pace = sum(rows[window] for window in latest) * (length / span)
    return UsualRows(float(median([rows[window] for window in alike] or [pace])), pace)


def busy_hours(files: WindowFiles, feed: Feed) -> list[str] | None:
    """Hours of the window that had many rows in each of the weeks before, by change time.

    Returns:
        Their starts, such as `2026-11-22 09:00` (UTC); None while fewer than two weeks are known,
        and for a window longer than a week, which would be compared with itself.
    """
    window = files.window
    if window.end - window.start > _WEEK:
        return None
    earlier = accepted_before(files)
    weeks = range(1, _LOOKBACK_WEEKS + 1)
    known = {
        hour: [hour - week * _WEEK for week in weeks if _is_covered(hour - week * _WEEK, earlier)]
        for hour in _whole_hours(window)
    }
    if all(len(hours) < FEWEST_ALIKE for hours in known.values()):
        return None
    counted = _rows_by_hour(earlier, feed, {hour for hours in known.values() for hour in hours})
    return [
        f"{hour:%Y-%m-%d %H:%M}"
        for hour, before in known.items()
        if len(before) >= FEWEST_ALIKE
        and min(counted[past] for past in before) >= _ROWS_OF_A_BUSY_HOUR
    ]


def accepted_before(files: WindowFiles) -> dict[Window, Path]:
    """The accepted windows of the same feed and source that start earlier, oldest first."""
    return {
        one.window: one.accepted
        for one in walk.accepted(files.settings, files.feed, files.source)
        if one.window.start < files.window.start
    }


def _alike(window: Window, earlier: Collection[Window], period: timedelta) -> list[Window]:
    """Windows of the same length a whole number of periods before, oldest first."""
    return sorted(
        one
        for one in earlier
        if one.end - one.start == window.end - window.start
        and (window.start - one.start) % period == timedelta()
        and window.start - one.start <= _OLDEST
    )


def _rows_of(windows: Mapping[Window, Path]) -> dict[Window, int]:
    """Count rows by the files' own footers, without reading them."""
    with duckdb.connect() as con:
        counted = con.execute(
            "select file_name, num_rows from parquet_file_metadata(?)",
            [[str(path) for path in windows.values()]],
        ).fetchall()
    return {Window.from_id(Path(path).stem): int(rows) for path, rows in counted}


def _whole_hours(window: Window) -> Iterator[datetime]:
    hour = window.start.replace(minute=0, second=0, microsecond=0)
    while hour + _HOUR <= window.end:
        if hour >= window.start:
            yield hour
        hour += _HOUR


def _is_covered(hour: datetime, earlier: dict[Window, Path]) -> bool:
    return any(window.start <= hour and hour + _HOUR <= window.end for window in earlier)


def _rows_by_hour(
    earlier: dict[Window, Path], feed: Feed, hours: set[datetime]
) -> dict[datetime, int]:
    first, last = min(hours), max(hours) + _HOUR
    paths = [
        str(path) for window, path in earlier.items() if window.start < last and first < window.end
    ]
    change_time = sql_quoting.name(feed.change_time)
    bounds = [moment.replace(tzinfo=None) for moment in (first, last)]
    with duckdb.connect() as con:
        counted = con.execute(
            f"select date_trunc('hour', {change_time}), count(*) from read_parquet(?) "
            f"where {change_time} >= ? and {change_time} < ? group by 1",
            [paths, *bounds],
        ).fetchall()
    return defaultdict(int, {hour.replace(tzinfo=UTC): rows for hour, rows in counted})
