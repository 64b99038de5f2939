"""Moments as integers: milliseconds since 1970 in UTC, so that whole days are computed at once."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from shop_simulator.randomness import Floats, Ints

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# Later than any clock: the moment of something that does not happen.
NEVER = 2**60


def to_ms(moment: datetime) -> int:
    """Milliseconds of an aware moment; a naive one is taken as UTC."""
    aware = moment if moment.utcoffset() is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000)


def from_ms(moment_ms: int) -> datetime:
    """The aware UTC moment of milliseconds."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)


def iso(moment_ms: int) -> str:
    """`2026-11-22T05:00:00Z`."""
    return from_ms(moment_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_texts(moments_ms: Ints) -> list[str]:
    """Each moment as `2026-11-22T05:00:00.123Z`."""
    texts = np.datetime_as_string(moments_ms.astype("datetime64[ms]"))
    return [f"{text}Z" for text in texts.tolist()]


def local_midnight(tz_name: str, day: date) -> int:
    """The UTC moment at which a local day begins."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz_name)))


def local_day_of(tz_name: str, moment_ms: int) -> date:
    """The local day a moment falls on."""
    return from_ms(moment_ms).astimezone(ZoneInfo(tz_name)).date()


def local_moment(tz_name: str, day: date, hour: int) -> int:
    """The UTC moment of a local wall-clock hour."""
    return to_ms(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(tz_name)))


def hours_of_day(tz_name: str, day: date) -> tuple[Ints, Ints]:
    """A local day's hours: when each starts (UTC) and its wall-clock hour.

    Returns:
        two arrays of 23, 24 or 25 entries, as the day is changed by summer time.
    """
    first = local_midnight(tz_name, day)
    starts = np.arange(first, local_midnight(tz_name, day + timedelta(days=1)), HOUR)
    zone = ZoneInfo(tz_name)
    clocks = [from_ms(int(start)).astimezone(zone).hour for start in starts]
    return starts.astype(np.int64), np.array(clocks, dtype=np.int64)


def local_hours(tz_name: str, moments_ms: Ints) -> Floats:
    """The wall-clock time of each moment: hours since midnight, with fractions."""
    hours, position = np.unique(moments_ms // HOUR, return_inverse=True)
    offsets = np.array([_offset_ms(tz_name, hour) for hour in hours.tolist()], dtype=np.int64)
    shown = (moments_ms + offsets[position]) % DAY if len(hours) else moments_ms
    return np.asarray(shown / HOUR, dtype=np.float64)


@cache
def _offset_ms(tz_name: str, hour: int) -> int:
    """How far a zone's clocks are ahead of UTC in an hour; they are moved on the hour only."""
    offset = from_ms(hour * HOUR).astimezone(ZoneInfo(tz_name)).utcoffset()
    return round(offset.total_seconds() * 1_000) if offset is not None else 0


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def after(moments_ms: Ints, hours: Floats) -> Ints:
    """Moments moved on by a number of hours each; what never happens stays never."""
    moved = moments_ms + np.round(hours * HOUR).astype(np.int64)
    return np.where(moments_ms >= NEVER, NEVER, moved)
