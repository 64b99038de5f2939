"""Four ways in which the golden shop's rows may come in; each leaves a built warehouse."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import NamedTuple

from golden.pages import all_rows
from golden.shop import FIRST, LAST, STALLED, STALLED_AT
from golden.trust import CHECKED, REFUSED, Refused
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake, Row

# Where one build ends and the next begins, if they follow the year: around what is delicate, each
# day is a build of its own.
BUILDS = [
    FIRST,
    datetime(2025, 12, 1),
    datetime(2026, 2, 16),
    datetime(2026, 3, 9),
    datetime(2026, 5, 13),
    datetime(2026, 10, 25),
    datetime(2026, 10, 26),
    datetime(2026, 10, 29),
    datetime(2026, 10, 31),
    datetime(2026, 11, 2),
    LAST,
]


class Told(NamedTuple):
    """What one feed tells of one window."""

    feed: str
    start: datetime
    end: datetime
    rows: list[Row]
    refused: list[Row]


def windows() -> Iterator[Told]:
    """Every window: a UTC day on which a feed has news, or the days between two of those."""
    rows = all_rows()
    for feed in all_feeds():
        days: dict[datetime, list[Row]] = {}
        for row in rows.pop(feed, []):
            days.setdefault(_midnight(_changed_at(feed, row)), []).append(row)
        refused = {one.told_on: _as_landed(one) for one in REFUSED if one.feed == feed}
        checked = [day for told_of, day in CHECKED if told_of == feed]
        told_days = {*days, *refused, *checked}
        edges = {*BUILDS, *told_days, *(day + timedelta(days=1) for day in told_days)}
        assert min(edges) == FIRST, f"{feed} has a row from before {FIRST}"
        last = STALLED_AT if feed == STALLED else LAST
        for start, end in pairwise(sorted({min(edge, last) for edge in edges})):
            yield Told(feed, start, end, days.get(start, []), refused.get(start, []))
    assert not rows, f"no feeds: {list(rows)}"


def _as_landed(refused: Refused) -> list[Row]:
    return [{**refused.row, "_amount": refused.amount, "_currency": refused.currency}]


def _changed_at(feed: str, row: Row) -> datetime:
    registered = feed_named(feed)
    moment = row.get(registered.change_time) or row[registered.event_time]
    found = datetime.fromisoformat(str(moment))
    assert FIRST <= found < LAST, f"{feed} tells of {found}, when nobody watches: {row}"
    return found


def _midnight(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day)


def at_once(lake: AcceptedLake) -> None:
    """All windows, then one build."""
    _accept(lake, list(windows()))
    dbt_runner.build(lake.settings)


def in_order(lake: AcceptedLake) -> None:
    """Windows as the year goes, with a build after each stretch of it."""
    for start, end in pairwise(BUILDS):
        _accept(lake, [told for told in windows() if start <= told.start < end])
        dbt_runner.build(lake.settings, tested=end == LAST)


def backfilled(lake: AcceptedLake) -> None:
    """Windows in random order, with a build after each third of them."""
    told = list(windows())
    Random(1).shuffle(told)
    for part in range(3):
        _accept(lake, told[part::3])
        dbt_runner.build(lake.settings, tested=False)


def shuffled(lake: AcceptedLake) -> None:
    """Every row in one to three windows of its feed, whenever it was; some windows told twice."""
    random = Random(2)
    dealt = _dealt(random)
    random.shuffle(dealt)
    early, late = dealt[::2], dealt[1::2]
    # half of what a window says is missing at first, and told with a later build
    torn = [told for told in early if len(told.rows) > 1 and random.random() < 0.5]
    _accept(lake, [*early, *(told._replace(rows=told.rows[::2]) for told in torn)])
    dbt_runner.build(lake.settings, tested=False)
    _accept(lake, [*late[::2], *torn])
    dbt_runner.build(lake.settings, tested=False)
    _accept(lake, late[1::2])
    dbt_runner.build(lake.settings, tested=False)


def _dealt(random: Random) -> list[Told]:
    dealt = []
    for feed in all_feeds():
        of_feed = [told for told in windows() if told.feed == feed]
        hands: list[list[Row]] = [[] for _ in of_feed]
        for row in (row for told in of_feed for row in told.rows):
            for hand in random.choices(hands, k=random.choice([1, 1, 2, 3])):
                hand.append(row)
        dealt += [told._replace(rows=hand) for told, hand in zip(of_feed, hands, strict=True)]
    return dealt


def _accept(lake: AcceptedLake, some: list[Told]) -> None:
    for told in some:
        checks = CHECKED.get((told.feed, told.start))
        lake.accept(told.feed, told.rows, str(told.start), str(told.end), checks=checks)
        if told.refused:
            lake.refuse(told.feed, told.refused, str(told.start), str(told.end))


ARRIVALS: dict[str, Callable[[AcceptedLake], None]] = {
    "at_once": at_once,
    "in_order": in_order,
    "backfilled": backfilled,
    "shuffled": shuffled,
}
