"""The published marts as watch, mails and reports read them.

Everything here reads `serving/storepulse.duckdb`; nobody after publish opens the warehouse.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from storepulse.display_names import short_names, shown
from storepulse.errors import NothingPublished
from storepulse.settings import Settings

Unit = Literal["count", "money", "ratio", "index", "minutes", "hours", "days"]
# Which way is good: `up` (orders), `down` (refunds) or neither (`band`: average order value).
Direction = Literal["up", "down", "band"]
Kind = Literal["sum", "balance", "ratio", "share", "distinct", "percentile"]
Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Kpi:
    """One line of the catalogue `dim_kpis`."""

    name: str
    area: str
    code: str
    name_en: str
    name_zh: str
    unit: Unit
    direction: Direction
    kind: Kind
    feeds: tuple[str, ...]
    min_denominator: float
    mature_after_days: int
    description_en: str
    description_zh: str
    owner: str
    is_mailed: bool

    def title(self, language: Language) -> str:
        """What people call it."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True)
class Store:
    """A shop front with its own business day and currency.

    Attributes:
        distinct_name: what distinguishes it from the other stores, for where room is scarce; empty
            in records written before this field existed.
    """

    store_id: str
    name: str
    timezone: str
    currency: str
    source: str
    distinct_name: str = ""

    @property
    def short_name(self) -> str:
        """What a subject calls it."""
        return self.distinct_name or self.name


# Business areas, in the order in which a supervisor reads them.
AREAS = (
    "sales",
    "traffic",
    "conversion",
    "marketing",
    "merchandise",
    "competition",
    "inventory",
    "logistics",
    "customers",
    "service",
    "profit",
    "targets",
    "trust",
)


def place_in_catalogue(area: str, code: str, kpi: str) -> tuple[int, str, int, str]:
    """Sort key of a KPI: by area, then by the catalogue's code, those without one last."""
    number = int(re.sub(r"\D", "", code) or 0)
    return AREAS.index(area), re.sub(r"\d|–", "", code) or "–", number, kpi


# Stands for the most advanced feed of a source. KPIs about feeds depend on it, so that none of them
# is silent on the day its own feed is.
ANY_FEED = "any_feed"

# Closest to money first; KPIs not named here follow in the catalogue's order.
PRIMARY_FIRST = (
    "paid_gmv",
    "paid_orders",
    "refund_value",
    "net_sales",
    "gross_sales",
    "units_sold",
    "payment_conversion",
    "aov",
    "visitors",
    "sessions",
    "out_of_stock_rate",
    "price_index",
)

# An event longer than this is a season, not a special day: its days are evaluated like any other.
LONGEST_EVENT_DAYS = 14


@dataclass(frozen=True)
class CalendarEvent:
    """A promotion, holiday or policy, on both days and all between; store None means all."""

    kind: str
    name_en: str
    name_zh: str
    starts_on: date
    ends_on: date
    store_id: str | None

    def title(self, language: Language) -> str:
        """What people call it."""
        return shown(self.name_zh if language == "zh" else self.name_en)

    @property
    def is_a_day_apart(self) -> bool:
        """Whether its days are expected to differ from others, and are evaluated so.

        A return policy changes no day, and what lasts longer is a season.
        """
        days = (self.ends_on - self.starts_on).days + 1
        return self.kind != "policy" and days <= LONGEST_EVENT_DAYS

    def covers(self, store_id: str, day: date) -> bool:
        """Return whether this store's day is one of the event's days."""
        return self.store_id in {None, store_id} and self.starts_on <= day <= self.ends_on


@dataclass(frozen=True)
class Catalogue:
    """What the marts hold besides numbers: KPIs, stores, calendar and how far feeds reach."""

    kpis: Mapping[str, Kpi]
    stores: Mapping[str, Store]
    calendar: tuple[CalendarEvent, ...]
    coverage: Mapping[tuple[str, str], datetime]

    def last_closed_day(self, kpi: Kpi, store: Store) -> date | None:
        """The newest business day of a KPI that may be evaluated, None while there is none.

        A KPI that matures (`mature_after_days`) is evaluated that many days later.
        """
        last = self.last_complete_day(kpi.feeds, store)
        return last - timedelta(days=kpi.mature_after_days) if last else None

    def last_complete_day(
        self, feeds: Sequence[str], store: Store, after: timedelta = timedelta()
    ) -> date | None:
        """The newest business day to whose end, in the store's time zone, all feeds are complete.

        With `after`, complete until that long past its end.

        Time is measured by the data, never by the system clock: a day that has not ended cannot be
        complete.
        """
        moments = [self._complete_until(store.source, feed) for feed in feeds]
        reached = [moment for moment in moments if moment is not None]
        if not moments or len(reached) < len(moments):
            return None
        local = (min(reached) - after).astimezone(ZoneInfo(store.timezone))
        return local.date() - timedelta(days=1)

    def _complete_until(self, source: str, feed: str) -> datetime | None:
        if feed != ANY_FEED:
            return self.coverage.get((source, feed))
        return max(
            (moment for (of, _), moment in self.coverage.items() if of == source), default=None
        )

    def events_on(self, store_id: str, day: date) -> list[CalendarEvent]:
        """The calendar events of a store's day."""
        return [event for event in self.calendar if event.covers(store_id, day)]


@contextmanager
def opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published marts for reading.

    The connection is closed again at once after use: DuckDB keeps one instance per path, and an
    open one would keep showing the marts from before the next publish.

    Raises:
        NothingPublished: there is no file yet.
    """
    file = settings.serving / "storepulse.duckdb"
    if not file.is_file():
        raise NothingPublished(f"{file} does not exist; run `storepulse publish` first")
    with duckdb.connect(str(file), read_only=True) as con:
        con.execute("use marts")
        yield con


def read_catalogue(con: duckdb.DuckDBPyConnection) -> Catalogue:
    """Read what the numbers mean."""
    return Catalogue(
        kpis={kpi.name: kpi for kpi in read_kpis(con)},
        stores={store.store_id: store for store in _stores(con)},
        calendar=tuple(_calendar(con)),
        coverage=_coverage(con),
    )


def read_kpis(con: duckdb.DuckDBPyConnection) -> list[Kpi]:
    """Read the KPIs of `dim_kpis`, the primary ones first."""
    return sorted(_kpis(con), key=_place_of)


def _place_of(kpi: Kpi) -> int:
    named = PRIMARY_FIRST
    return named.index(kpi.name) if kpi.name in named else len(named)


def _kpis(con: duckdb.DuckDBPyConnection) -> Iterator[Kpi]:
    rows = con.execute(
        "select kpi, area, code, name_en, name_zh, unit, direction, kpi_kind, feeds, "
        "min_denominator, mature_after_days, description_en, description_zh, owner, alerts "
        "from dim_kpis order by rowid"
    ).fetchall()
    for name, area, code, en, zh, unit, direction, kind, feeds, minimum, mature, *about in rows:
        yield Kpi(
            name=name,
            area=area,
            code=code,
            name_en=en,
            name_zh=zh,
            unit=unit,
            direction=direction,
            kind=kind,
            feeds=tuple(feed.strip() for feed in feeds.split(",") if feed.strip()),
            min_denominator=float(minimum or 0),
            mature_after_days=int(mature or 0),
            description_en=about[0] or "",
            description_zh=about[1] or "",
            owner=about[2] or "",
            is_mailed=about[3] == "mail",
        )


def _stores(con: duckdb.DuckDBPyConnection) -> Iterator[Store]:
    rows = con.execute(
        "select store_id, store_name, timezone, currency, source_name "
        "from dim_stores order by store_id"
    ).fetchall()
    distinct = short_names([shown(name or store_id) for store_id, name, *_ in rows])
    for (store_id, name, *about), short in zip(rows, distinct, strict=True):
        zone, currency, source = about
        yield Store(store_id, shown(name or store_id), zone, currency, source, short)


def _calendar(con: duckdb.DuckDBPyConnection) -> Iterator[CalendarEvent]:
    rows = con.execute(
        "select kind, name_en, name_zh, starts_on, ends_on, store_id "
        "from dim_calendar_events order by starts_on, event_id"
    ).fetchall()
    for kind, name_en, name_zh, starts_on, ends_on, store_id in rows:
        yield CalendarEvent(kind, name_en, name_zh or name_en, starts_on, ends_on, store_id)


def _coverage(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], datetime]:
    rows = con.execute(
        "select source_name, feed, min(complete_until) from fct_feed_coverage group by 1, 2"
    ).fetchall()
    return {(source, feed): until.replace(tzinfo=UTC) for source, feed, until in rows}
