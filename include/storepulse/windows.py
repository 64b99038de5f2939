"""Half-open windows of time, the unit in which data moves from source to accepted.

A window is a DAG run's data interval: six hours by default, one long one for history. It is not a
business day: that belongs to a store and its time zone and is worked out in the warehouse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Self

from storepulse.errors import WindowInvalid

_STAMP = "%Y%m%dT%H%M%SZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# How long a window is when no other is given.
USUAL_LENGTH = timedelta(hours=6)
# Clocks of sources and this machine differ, and whole days are asked for before they are over.
AHEAD_AT_MOST = timedelta(days=1)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Window:
    """The half-open span `[start, end)`, both aware and in UTC.

    Raises:
        ValueError: a bound has no time zone, or the window is empty or runs backwards.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for bound in (self.start, self.end):
            if bound.utcoffset() is None:
                raise ValueError(f"a window's bounds need a time zone, got {bound.isoformat()}")
        # Schedulers hand over moments of their own kinds, whose arithmetic may differ.
        object.__setattr__(self, "start", _plain(self.start))
        object.__setattr__(self, "end", _plain(self.end))
        if self.start >= self.end:
            raise ValueError(
                f"a window starts before it ends, got {self.start.isoformat()} to "
                f"{self.end.isoformat()}"
            )

    @classmethod
    def from_id(cls, window_id: str) -> Self:
        """Read `20261122T000000Z-20261122T060000Z` back into a window."""
        start, end = window_id.split("-")
        return cls(
            datetime.strptime(start, _STAMP).replace(tzinfo=UTC),
            datetime.strptime(end, _STAMP).replace(tzinfo=UTC),
        )

    @classmethod
    def from_iso(cls, start: str, end: str) -> Self:
        """Read two ISO 8601 moments or dates; without an offset they are UTC."""
        return cls(moment_of(start), moment_of(end))

    @cached_property
    def id(self) -> str:
        """A name that is safe in paths and sorts by time: `20261122T000000Z-20261122T060000Z`."""
        return f"{self.start:{_STAMP}}-{self.end:{_STAMP}}"

    @property
    def utc_days(self) -> list[date]:
        """Every UTC calendar day the window touches, oldest first."""
        last = (self.end - timedelta(microseconds=1)).date()
        first = self.start.date()
        return [first + timedelta(days=step) for step in range((last - first).days + 1)]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"


def parse_window(start: str | None, end: str | None) -> Window | None:
    """Read the bounds that a user typed.

    Args:
        start: ISO 8601 moment or date; without an offset it is UTC.
        end: likewise; not part of the window itself.

    Returns:
        None when neither was given: the caller's own default applies.

    Raises:
        WindowInvalid: only one bound was given, one is not a date, or they run backwards.
    """
    if not start and not end:
        return None
    if not start or not end:
        given = f"only {start or end}"
        raise WindowInvalid(
            f"a window needs its start and its end, got {given}; give both or neither"
        )
    try:
        return Window.from_iso(start, end)
    except ValueError as error:
        raise WindowInvalid(
            f"expected a start before an end, like 2026-11-22 and 2026-11-23T06:00Z; {error}"
        ) from error


def refuse_out_of_time(window: Window, now: datetime | None = None) -> None:
    """Refuse a window that no source can fill: every way into landing and accepted asks this.

    Once accepted, a feed counts as complete to the window's end, and a slip of the finger in a
    year would have the pipeline report decades to come.

    Args:
        window: what is to be landed or validated.
        now: the current time, aware; None reads the machine's clock.

    Raises:
        WindowInvalid: it ends more than a day after the clock, or starts before 1990.
    """
    now = now or datetime.now(UTC)
    if window.end > now + AHEAD_AT_MOST:
        raise WindowInvalid(
            f"the window {window} ends more than a day after the clock of this machine, which "
            f"shows {now:%Y-%m-%d %H:%M} UTC; give an end that has passed, or set the clock right"
        )
    if window.start < EARLIEST:
        raise WindowInvalid(
            f"the window {window} starts before {EARLIEST:%Y}, expected a moment at which the "
            f"shop can have had data; give a later start"
        )


def window_for_run(
    interval_start: datetime | None,
    interval_end: datetime | None,
    params: Mapping[str, str | None],
    run_after: datetime,
) -> Window:
    """Work out the window of a scheduled, manual or repeated run.

    Args:
        interval_start: start of the run's data interval; None (or equal to the end) when the run
            was started by hand and has none.
        interval_end: end of that interval.
        params: what the run was asked for; `window_start` and `window_end` win over the interval.
        run_after: the moment the run was meant to start, aware.

    Returns:
        The window asked for, else the data interval, else the last six hours (00, 06, 12 or
        18 o'clock UTC) that had closed when the run was meant to start.

    Raises:
        WindowInvalid: the window asked for is not valid.
    """
    asked = parse_window(params.get("window_start"), params.get("window_end"))
    if asked:
        return asked
    if interval_start and interval_end and interval_start < interval_end:
        return Window(interval_start, interval_end)
    closed = run_after - (run_after - _EPOCH) % USUAL_LENGTH
    return Window(closed - USUAL_LENGTH, closed)


def moment_of(text: str) -> datetime:
    """Read an ISO 8601 moment or date; without an offset it is UTC.

    Raises:
        ValueError: it is not one.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)


def _plain(moment: datetime) -> datetime:
    return datetime.fromisoformat(moment.astimezone(UTC).isoformat())
