"""Rows a day and how far feeds reach, from the published marts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from storepulse.errors import NothingPublished
from storepulse.report.data_docs.judged import DAYS_SHOWN
from storepulse.serving import catalog
from storepulse.settings import Settings


@dataclass(frozen=True)
class DayRows:
    """One business day of a feed.

    Attributes:
        accepted: rows that passed.
        refused: rows of the day that lie in quarantine.
        usual: rows that such a weekday brought of late; None where too little is known.
        is_whole: the feed is complete to the end of the day.
    """

    day: date
    accepted: int
    refused: int
    usual: float | None
    is_whole: bool


@dataclass(frozen=True)
class Volumes:
    """What the marts know of feeds; empty before the first publish.

    Attributes:
        by_feed: per feed and store its last thirty days, oldest first. Feeds that describe or
            plan are not counted by day.
        stores: names by store id.
        complete_until: by source and feed, UTC.
        are_published: whether there are marts at all.
    """

    by_feed: Mapping[str, Mapping[str, Sequence[DayRows]]] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    complete_until: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    are_published: bool = False


def read(settings: Settings) -> Volumes:
    """Read them; a home without published marts has none."""
    try:
        with catalog.opened(settings) as con:
            catalogue = catalog.read_catalogue(con)
            rows = con.execute(
                "select feed, store_id, business_date, rows_accepted, rows_quarantined, "
                "rows_expected::double, is_whole from fct_feed_days "
                "where rows_accepted is not null and business_date > "
                "(select max(business_date) from fct_feed_days) - cast(? as integer) "
                "order by feed, store_id, business_date",
                [DAYS_SHOWN],
            ).fetchall()
    except NothingPublished:
        return Volumes()
    by_feed: dict[str, dict[str, list[DayRows]]] = {}
    for feed, store, *day in rows:
        by_feed.setdefault(feed, {}).setdefault(store, []).append(DayRows(*day))
    return Volumes(
        by_feed=by_feed,
        stores={store.store_id: store.name for store in catalogue.stores.values()},
        complete_until=catalogue.coverage,
        are_published=True,
    )


def summed(by_store: Mapping[str, Sequence[DayRows]]) -> list[DayRows]:
    """Add up the stores' days. What is usual is known of a day when it is of each store."""
    by_day: dict[date, list[DayRows]] = {}
    for days in by_store.values():
        for one in days:
            by_day.setdefault(one.day, []).append(one)
    return [_sum(day, of_day) for day, of_day in sorted(by_day.items())]


def _sum(day: date, of_day: Sequence[DayRows]) -> DayRows:
    usual = [one.usual for one in of_day if one.usual is not None]
    return DayRows(
        day=day,
        accepted=sum(one.accepted for one in of_day),
        refused=sum(one.refused for one in of_day),
        usual=sum(usual) if len(usual) == len(of_day) else None,
        is_whole=all(one.is_whole for one in of_day),
    )
