"""The latest value of every KPI, by area: what `storepulse kpis` and the demo print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import duckdb
from rich.table import Table

from storepulse.i18n import Wording
from storepulse.serving import catalog
from storepulse.serving.catalog import Catalogue, Kpi, Store, place_in_catalogue
from storepulse.serving.readiness import days_not_ready
from storepulse.settings import Settings

_NEWEST = """
    select kpi, store_id, kpi_date, value, missing_reason, currency from fct_kpi_daily
    where dimension = 'all' and store_id <> 'all'
"""


@dataclass(frozen=True)
class Number:
    """The value of one KPI of one store on its latest complete and mature day.

    Attributes:
        day: business day, local to the store.
        value: null when `missing_reason` says why.
        currency: of money, else null.
    """

    day: date
    value: float | None
    missing_reason: str | None
    currency: str | None


@dataclass(frozen=True)
class Sheet:
    """The latest numbers of all stores.

    Attributes:
        kpis: in order of their areas.
        numbers: by KPI and store; none for a store without the KPI's feeds.
    """

    kpis: tuple[Kpi, ...]
    stores: tuple[Store, ...]
    numbers: Mapping[tuple[str, str], Number]

    @property
    def last_day(self) -> date | None:
        """The latest day among the numbers, None when there are none."""
        return max((number.day for number in self.numbers.values()), default=None)


def read_sheet(settings: Settings) -> Sheet:
    """Read each KPI's latest closed and mature day of each store from the published marts.

    Raises:
        NothingPublished: there are no published marts yet.
    """
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        numbers = dict(_newest(con, catalogue))
    kpis = sorted(
        catalogue.kpis.values(), key=lambda kpi: place_in_catalogue(kpi.area, kpi.code, kpi.name)
    )
    return Sheet(tuple(kpis), tuple(catalogue.stores.values()), numbers)


def _newest(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> Iterator[tuple[tuple[str, str], Number]]:
    last_days = {
        (kpi.name, store.store_id, day)
        for kpi in catalogue.kpis.values()
        for store in catalogue.stores.values()
        if (day := catalogue.last_closed_day(kpi, store)) is not None
    }
    since = min((day for _, _, day in last_days), default=date.max)
    unready = days_not_ready(con, since)
    rows = con.execute(f"{_NEWEST} and kpi_date >= ?", [since]).fetchall()
    for kpi, store_id, day, value, reason, currency in rows:
        if (kpi, store_id, day) not in last_days:
            continue
        if day in unready.get((store_id, kpi), ()):
            yield (kpi, store_id), Number(day, None, "not_ready", currency)
        else:
            yield (kpi, store_id), Number(day, value, reason, currency)


def as_table(sheet: Sheet) -> Table:
    """Lay a sheet out for a terminal: areas, names in both languages, a column per store."""
    english, chinese = Wording("en"), Wording("zh")
    made = Table(box=None, pad_edge=False)
    made.add_column("KPI", no_wrap=True)
    made.add_column("指标", no_wrap=True)
    for store in sheet.stores:
        made.add_column(store.store_id, justify="right", no_wrap=True)
    for area, kpis in groupby(sheet.kpis, key=lambda kpi: kpi.area):
        made.add_row(english.area(area), chinese.area(area), style="bold")
        for kpi in kpis:
            numbers = [sheet.numbers.get((kpi.name, store.store_id)) for store in sheet.stores]
            cells = [_written(kpi, number, english) for number in numbers]
            made.add_row(f"  {kpi.name_en}", kpi.name_zh, *cells)
    return made


def _written(kpi: Kpi, number: Number | None, wording: Wording) -> str:
    if number is None:
        return "–"
    if number.value is None:
        return wording.missing(number.missing_reason or "")
    return wording.value(kpi, number.value, number.currency or "")
