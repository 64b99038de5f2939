"""Rows per day and completeness of feeds, from the published marts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from storepulse.errors import NothingPublished
from storepulse.report.data_docs.validated_windows import DAYS_SHOWN
from storepulse.serving import catalog
from storepulse.settings import Settings


@dataclass(frozen=True)
class DayRows:
    """One business day of a feed.

    Attributes:
        accepted: rows that passed.
        quarantined: rows of the day in quarantine.
        usual: mean rows of recent days of the same weekday; None where too little is known.
        is_whole: the feed is complete to the end of the day.
    """

    day: date
    accepted: int
    quarantined: int
    usual: float | None
    is_whole: bool


@dataclass(frozen=True)
class Volumes:
    """Volumes and completeness of feeds in the marts; empty before the first publish.

    Attributes:
        by_feed: the last thirty days per feed and store, oldest first. Master data and plans are
            not counted by day.
        stores: names by store id.
        complete_until: by source and feed, UTC.
        are_published: whether marts have been published.
    """

    by_feed: Mapping[str, Mapping[str, Sequence[DayRows]]] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    complete_until: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    are_published: bool = False


def read(settings: Settings) -> Volumes:
    """Read the volumes; a home without published marts has none."""
    try:
        with catalog.opened(settings) as con:
            catalogue = catalog.read_catalogue(con)
            rows = con.execute(
                "select feed, store_id, business_date, rows_accepted, rows_quarantined, "
                "rows_expected::double, is_whole from fct_feed_daily "
                "where rows_accepted is not null and business_date > "
                "(select max(business_date) from fct_feed_daily) - cast(? as integer) "
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
    """Add up the stores' days. A day's usual rows are known only if every store's are."""
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
        quarantined=sum(one.quarantined for one in of_day),
        usual=sum(usual) if len(usual) == len(of_day) else None,
        is_whole=all(one.is_whole for one in of_day),
    )
