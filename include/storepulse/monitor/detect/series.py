"""The KPI days of the published marts as arrays for detection."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

import duckdb
import numpy as np
import numpy.typing as npt

from storepulse.monitor.panel import (
    HOLIDAY,
    NEXT_TO_EVENT,
    NO_EVENT,
    PROMOTION,
    Floats,
    Integers,
    Model,
    Panel,
)
from storepulse.monitor.records import SeriesKey
from storepulse.serving.catalog import Catalogue, Kpi
from storepulse.serving.readiness import days_not_ready

# Half a year: the tails need 120 days of scores after a start of 28. More changes nothing.
DAYS_READ = 182
# KPIs that count the cases a sum of money is made of; the first that has the slice is used.
CASES = ("paid_orders", "units_sold")
# Sums that grow with orders; refunds come from orders of other days.
MADE_OF_ORDERS = frozenset({"orders", "order_lines"})
# Four weeks show what an order is worth, given at least seven days with orders.
DAYS_OF_WORTH, LEAST_DAYS_OF_WORTH = 28, 7


def read_panel(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> Panel | None:
    """Read the newest half year of every series; None when there are no KPI days at all."""
    rows = con.execute(
        "select store_id, kpi, dimension, member, kpi_date, value::double as value, "
        "denominator::double as weight from fct_kpi_daily "
        "where kpi_date > (select max(kpi_date) from fct_kpi_daily) - cast(? as integer)",
        [DAYS_READ],
    ).df()
    evaluated = [kpi.name for kpi in catalogue.kpis.values() if kpi.is_mailed]
    rows = rows[rows["kpi"].isin(evaluated) & rows["store_id"].isin(catalogue.stores)]
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
    _leave_out_what_may_not_be_evaluated(values, weights, keys, first_day, catalogue)
    _leave_out_what_is_not_ready(values, keys, first_day, days_not_ready(con, first_day))
    models = np.array([_model_of(catalogue.kpis[key.kpi]) for key in keys])
    _weigh_sums_of_money(values, weights, keys, models, catalogue)
    events = _events(keys, first_day, shape, catalogue)
    return Panel(keys, first_day, values, weights, events, models)


def _named(groups: Iterable[Hashable]) -> Iterator[tuple[str, str, str, str]]:
    for group in groups:
        yield cast("tuple[str, str, str, str]", group)


def _leave_out_what_may_not_be_evaluated(
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
            # small amount but another thing. Gross sales and refunds are evaluated separately.
            values[row, values[row] < 0] = np.nan


def _leave_out_what_is_not_ready(
    values: Floats,
    keys: tuple[SeriesKey, ...],
    first_day: date,
    not_ready: Mapping[tuple[str, str], Sequence[date]],
) -> None:
    """Blank days with a rejected part: they may not be quoted, evaluated or learned from."""
    for row, key in enumerate(keys):
        for day in not_ready.get((key.store_id, key.kpi), ()):
            column = (day - first_day).days
            if 0 <= column < values.shape[1]:
                values[row, column] = np.nan


def _weigh_sums_of_money(
    values: Floats,
    weights: Floats,
    keys: tuple[SeriesKey, ...],
    models: npt.NDArray[np.str_],
    catalogue: Catalogue,
) -> None:
    """Note, as the weight of a sum of money, what one order of it is usually worth.

    Thirty euros less are chance in a slice of four orders a day and news in one of four hundred;
    the sum alone does not show which it is.
    """
    rows = {key: row for row, key in enumerate(keys)}
    for row, key in enumerate(keys):
        feeds = catalogue.kpis[key.kpi].feeds
        if models[row] != "amount" or MADE_OF_ORDERS.isdisjoint(feeds):
            continue
        counted = [replace(key, kpi=kpi) for kpi in CASES if replace(key, kpi=kpi) in rows]
        if counted:
            weights[row] = _usual_worth(values[row], values[rows[counted[0]]])


def _usual_worth(money: Floats, cases: Floats) -> Floats:
    """Money per case over the four weeks before each day; nan where too few days are known."""
    known = ~np.isnan(money) & ~np.isnan(cases) & (money >= 0) & (cases > 0)
    sums = [np.where(known, numbers, 0.0) for numbers in (money, cases, np.ones_like(money))]
    before = [np.concatenate([[0.0], np.cumsum(numbers)]) for numbers in sums]
    last = np.arange(len(money))
    first = np.maximum(last - DAYS_OF_WORTH, 0)
    total, count, days = (running[last] - running[first] for running in before)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((days >= LEAST_DAYS_OF_WORTH) & (total > 0), total / count, np.nan)


def _model_of(kpi: Kpi) -> Model:
    if kpi.unit == "count":
        return "count"
    if kpi.unit == "ratio":
        return "ratio"
    if kpi.kind == "ratio":
        return "index" if kpi.unit == "index" else "mean"
    return "amount"


def _events(
    keys: tuple[SeriesKey, ...], first_day: date, shape: tuple[int, int], catalogue: Catalogue
) -> Integers:
    of_store = {store: np.full(shape[1], NO_EVENT) for store in catalogue.stores}
    for event in catalogue.calendar:
        if not event.is_a_day_apart:
            continue
        days = (event.ends_on - event.starts_on).days + 1
        code = HOLIDAY if event.kind == "holiday" else PROMOTION
        start = (event.starts_on - first_day).days
        for store, flags in of_store.items():
            if event.store_id in {None, store}:
                _mark(flags, start, start + days, code)
    return np.array([of_store[key.store_id] for key in keys])


def _mark(flags: Integers, start: int, end: int, code: int) -> None:
    """Mark the event's days and the free days next to it: people wait before and rest after."""
    flags[max(start, 0) : max(end, 0)] = code
    for adjacent in (start - 1, end):
        if 0 <= adjacent < len(flags) and flags[adjacent] == NO_EVENT:
            flags[adjacent] = NEXT_TO_EVENT
