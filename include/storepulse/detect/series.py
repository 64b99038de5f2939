"""The KPI days of the published marts as arrays for the band."""

from collections.abc import Hashable, Iterable, Iterator
from datetime import date
from typing import cast

import duckdb
import numpy as np

from storepulse.findings import SeriesKey
from storepulse.judgement import (
    BESIDE,
    HOLIDAY,
    NO_EVENT,
    PROMOTION,
    Floats,
    Integers,
    Model,
    Panel,
)
from storepulse.marts import Catalogue, Kpi

# Half a year: the tail of scores looks back 120 days, after a start of 28. More changes nothing.
DAYS_READ = 182

# An event longer than this is a season, not a day that differs on purpose: it is judged as usual.
LONGEST_EVENT_DAYS = 14


def read_panel(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Panel | None:
    """Read the newest half year of every series; None when there are no KPI days at all."""
    rows = con.execute(
        "select store_id, kpi, dimension, member, kpi_date, value::double as value, "
        "denominator::double as weight from fct_kpi_days "
        "where kpi_date > (select max(kpi_date) from fct_kpi_days) - cast(? as integer)",
        [DAYS_READ],
    ).df()
    rows = rows[rows["kpi"].isin(catalogue.kpis) & rows["store_id"].isin(catalogue.stores)]
    if rows.empty:
        return None
    groups = rows.groupby(["store_id", "kpi", "dimension", "member"], sort=True)
    series = groups.ngroup().to_numpy()
    keys = tuple(SeriesKey(*group) for group in _named(groups.groups))
    first_day: date = rows["kpi_date"].min().date()
    columns = (rows["kpi_date"] - rows["kpi_date"].min()).dt.days.to_numpy()
    shape = (len(keys), int(columns.max()) + 1)
    values, weights = np.full(shape, np.nan), np.full(shape, np.nan)
    values[series, columns] = rows["value"].to_numpy(dtype=float)
    weights[series, columns] = rows["weight"].to_numpy(dtype=float)
    _leave_out_what_may_not_be_judged(values, weights, keys, first_day, catalogue)
    models = np.array([_model_of(catalogue.kpis[key.kpi]) for key in keys])
    events = _events(keys, first_day, shape, catalogue)
    return Panel(keys, first_day, values, weights, events, models)


def _named(groups: Iterable[Hashable]) -> Iterator[tuple[str, str, str, str]]:
    for group in groups:
        yield cast("tuple[str, str, str, str]", group)


def _leave_out_what_may_not_be_judged(
    values: Floats,
    weights: Floats,
    keys: tuple[SeriesKey, ...],
    first_day: date,
    catalogue: Catalogue,
) -> None:
    """Blank what would teach wrongly: open days, ratios on too few cases, slices below zero."""
    for row, key in enumerate(keys):
        kpi = catalogue.kpis[key.kpi]
        last = catalogue.last_closed_day(kpi, catalogue.stores[key.store_id])
        closed = 0 if last is None else max(0, (last - first_day).days + 1)
        values[row, closed:] = np.nan
        if kpi.kind == "ratio":
            values[row, weights[row] < kpi.min_denominator] = np.nan
        elif not key.is_total:
            # A slice's few sales less the refunds of other days' many: what falls below zero is no
            # small amount but another thing. Gross sales and refunds are judged on their own.
            values[row, values[row] < 0] = np.nan


def _model_of(kpi: Kpi) -> Model:
    if kpi.unit == "count":
        return "count"
    if kpi.unit == "ratio":
        return "ratio"
    return "mean" if kpi.kind == "ratio" else "amount"


def _events(
    keys: tuple[SeriesKey, ...], first_day: date, shape: tuple[int, int], catalogue: Catalogue
) -> Integers:
    of_store = {store: np.full(shape[1], NO_EVENT) for store in catalogue.stores}
    for event in catalogue.calendar:
        days = (event.ends_on - event.starts_on).days + 1
        if event.kind == "policy" or days > LONGEST_EVENT_DAYS:
            continue
        code = HOLIDAY if event.kind == "holiday" else PROMOTION
        start = (event.starts_on - first_day).days
        for store, flags in of_store.items():
            if event.store_id in {None, store}:
                _mark(flags, start, start + days, code)
    return np.array([of_store[key.store_id] for key in keys])


def _mark(flags: Integers, start: int, end: int, code: int) -> None:
    """Mark the event's days, and the free days beside it: people wait before and rest after."""
    flags[max(start, 0) : max(end, 0)] = code
    for beside in (start - 1, end):
        if 0 <= beside < len(flags) and flags[beside] == NO_EVENT:
            flags[beside] = BESIDE
