"""Half-open windows of time, the unit in which data moves from source to accepted.

A window is a DAG run's data interval: six hours by default, one long one for history. It is not a
business day: that belongs to a store and its time zone and is worked out in the warehouse.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

_STAMP = "%Y%m%dT%H%M%SZ"


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
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
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
        return cls(_utc(start), _utc(end))

    @property
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


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
