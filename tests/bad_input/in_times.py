"""Timestamps that are impossible or ambiguous."""

from bad_input.case import Case
from bad_input.one_window import OneWindow

ORDERS = OneWindow("orders")
# Times that are known only later are null, so that only the one in question can be wrong.
ONLY_PLACED = dict.fromkeys(("deposit_paid_at", "paid_at", "cancelled_at", "confirmed_at"))


def _refused(id: str, wrong: str, rule: str, **changes: str) -> Case:
    return Case(id, "time", wrong, f"quarantined: {rule}", ORDERS.with_row(**changes))


def _read(id: str, wrong: str, written: str, read: str) -> Case:
    provide = ORDERS.with_row(created_at=written, **ONLY_PLACED)
    return Case(id, "time", wrong, "accepted", provide, reads={"created_at": read})


CASES = [
    _refused("no-such-day", "30 February", "type_created_at", created_at="2026-02-30 09:00:00"),
    _refused("day-first", "the day comes first", "type_created_at", created_at="22/11/2026 09:00"),
    _refused(
        "zone-abbreviated",
        "CST is China's time and Chicago's, fourteen hours apart",
        "type_created_at",
        created_at="2026-11-22 09:00:00 CST",
    ),
    _refused(
        "offset-of-99-hours",
        "no place on earth is 99 hours ahead",
        "type_created_at",
        created_at="2026-11-22T09:00:00+99:00",
    ),
    _refused("seconds-since-1970", "a count", "type_created_at", created_at="1795338000"),
    _refused("excel-serial", "a spreadsheet's day", "type_created_at", created_at="46348.375"),
    _refused("zeros", "MySQL's zero date", "type_created_at", created_at="0000-00-00 00:00:00"),
    _refused("word-for-a-moment", "the word epoch", "type_paid_at", paid_at="epoch"),
    _refused("infinity", "a time without end", "type_paid_at", paid_at="infinity"),
    _refused(
        "year-10000",
        "a mistyped year, which neither Python nor Spark can represent",
        "type_confirmed_at",
        confirmed_at="20261-11-22 09:04:00",
    ),
    _refused(
        "no-end",
        "what databases write for no end",
        "confirmed_at_not_in_future",
        confirmed_at="9999-12-31 00:00:00",
    ),
    _refused(
        "hour-that-is-skipped",
        "half past two in the night in which New York skips from two to three",
        "type_created_at",
        created_at="2026-03-08 02:30:00 America/New_York",
    ),
    _refused(
        "before-the-web",
        "1970, which exports write for no date",
        "created_at_not_ancient",
        created_at="1970-01-01 00:00:00",
    ),
    _refused(
        "clock-ahead",
        "a clock that is three days fast",
        "updated_at_not_in_future",
        updated_at="2026-11-25 00:00:01",
    ),
    _refused(
        "paid-before-placed",
        "paid before the order was placed",
        "paid_after_created",
        paid_at="2026-11-22 08:00:00",
    ),
    _refused("leap-second", "second 60", "type_created_at", created_at="2026-11-22 08:59:60"),
    _read(
        "offset-honoured",
        "local time with its offset",
        "2026-11-22T17:00:00+08:00",
        "2026-11-22 09:00:00",
    ),
    _read(
        "zone-by-name",
        "local time with the zone's full name",
        "2026-11-22 17:00:00 Asia/Shanghai",
        "2026-11-22 09:00:00",
    ),
    _read(
        "hour-that-occurs-twice",
        "half past one, in daylight saving time or after it: the later is taken",
        "2026-11-01 01:30:00 America/New_York",
        "2026-11-01 06:30:00",
    ),
    _read("hour-24", "midnight written as hour 24", "2026-11-21 24:00:00", "2026-11-22 00:00:00"),
]
