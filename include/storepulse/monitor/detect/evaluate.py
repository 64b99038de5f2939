"""Which closed days are new, and which of their anomalies deserve a person's attention."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import duckdb

from storepulse.monitor.correlation import is_upstream
from storepulse.monitor.detect.forecast_interval import walk
from storepulse.monitor.detect.series import read_panel
from storepulse.monitor.panel import (
    ANOMALY_THRESHOLD,
    NO_EVENT,
    Band,
    Evaluation,
    Panel,
    evaluated_day,
)
from storepulse.monitor.records import ALL, EvaluatedDay, SeriesKey
from storepulse.serving.catalog import Catalogue, Kpi

# A whole store's KPI: at 3.5 a calm series alerts about once in three years, and the days on which
# something happened are far beyond it.
TOTAL_LIMIT = ANOMALY_THRESHOLD
# There are ten slices for each total, so each must be ten times as unlikely; unless its cause is
# seen as well (out of stock, visits gone, competitors cheaper in the same slice), because then it
# is no chance finding among many slices.
SLICE_LIMIT = 4.5
# A change for the better is news only when it looks like a fault: orders loaded twice, a leaked
# coupon, a wave of bots. Promotions that go well are no news, and fewer refunds never are.
GOOD_SIDE_LIMIT, GOOD_SIDE_CHANGE = 4.5, 0.5
# Nobody would act on smaller changes, however certain they are (Anodot's default, too).
SMALLEST_CHANGE, SMALLEST_INDEX_CHANGE = 0.10, 0.03
# Ten orders, units or visits: below that there is nothing to look into.
SMALLEST_COUNT_CHANGE = 10.0
# A slice matters when it moves the store by a twentieth, or carries a tenth of a ratio's cases.
SMALLEST_SHARE_OF_STORE, SMALLEST_SHARE_OF_CASES = 0.05, 0.10
# After a gap, days older than a week are history: nobody can act on them any more.
DAYS_BACK = 7


def evaluate(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    evaluated_until: Mapping[tuple[str, str], date],
    days_evaluated: Mapping[tuple[str, str], frozenset[date]] = MappingProxyType({}),
) -> Evaluation | None:
    """Evaluate the closed days that were not evaluated before.

    Args:
        con: the published marts.
        catalogue: what they mean.
        evaluated_until: newest day evaluated so far by (store, KPI). For a pair without one only
            the newest closed day is evaluated: a first run reports yesterday, not all history.
        days_evaluated: all days evaluated so far, likewise: a day of the last week that was
            skipped, because it was not fully reported or a part of it was rejected, is evaluated
            once it is ready.

    Returns:
        None when there are no KPI days at all.
    """
    panel = read_panel(con, catalogue)
    if panel is None:
        return None
    band = walk(panel)
    closed = {
        (store.store_id, kpi.name): last
        for store in catalogue.stores.values()
        for kpi in catalogue.kpis.values()
        if (last := catalogue.last_closed_day(kpi, store)) is not None
    }
    to_evaluate = {
        pair: _days_to_evaluate(
            last, evaluated_until.get(pair), days_evaluated.get(pair, frozenset())
        )
        for pair, last in closed.items()
    }
    days = tuple(_new_days(panel, band, catalogue, to_evaluate))
    # A shop that was just connected sends its last hours first and its history later: a day that
    # could not be evaluated yet must not count as evaluated.
    evaluated = {(day.key.store_id, day.key.kpi) for day in days}
    newest = {pair: last for pair, last in closed.items() if pair in evaluated}
    return Evaluation(days, newest, panel, band)


def _new_days(
    panel: Panel,
    band: Band,
    catalogue: Catalogue,
    to_evaluate: Mapping[tuple[str, str], Sequence[date]],
) -> Iterator[EvaluatedDay]:
    totals = {key: row for row, key in enumerate(panel.keys) if key.is_total}
    for row, key in enumerate(panel.keys):
        pair = (key.store_id, key.kpi)
        total = totals.get(SeriesKey(*pair, ALL, ALL))
        for day in to_evaluate.get(pair, ()):
            column = panel.column_of(day)
            if not 0 <= column < panel.values.shape[1]:
                continue
            found = evaluated_day(panel, band, row, column)
            if found is not None:
                yield _marked(found, panel, band, catalogue.kpis, row, total)


def _days_to_evaluate(last: date, evaluated: date | None, done: frozenset[date]) -> list[date]:
    """The new closed days, and skipped days between evaluated ones that were not ready then.

    Evaluated days after the last closed one came from a window that was withdrawn since.
    """
    done = frozenset(day for day in done if day <= last)
    if evaluated is not None and evaluated > last:
        evaluated = max(done, default=None)
    if evaluated is None:
        return [last]
    week = [last - timedelta(days=step) for step in reversed(range(DAYS_BACK))]
    skipped = {day for day in week if done and min(done) < day <= evaluated} - done
    return [day for day in week if day > evaluated or day in skipped]


def _marked(
    found: EvaluatedDay,
    panel: Panel,
    band: Band,
    kpis: Mapping[str, Kpi],
    row: int,
    total: int | None,
) -> EvaluatedDay:
    kpi, column = kpis[found.key.kpi], panel.column_of(found.day)
    is_bad = _is_bad(kpi, found.score)
    on_event = panel.events[row, column] != NO_EVENT
    is_anomaly = (
        (_is_anomalous(found, panel, band, kpis) if is_bad else _is_upside_anomaly(found, on_event))
        and _is_large(found, kpi)
        and (found.key.is_total or _matters_to_store(found, panel, band, row, total, column))
    )
    return replace(found, is_bad=is_bad, is_anomaly=is_anomaly)


def _is_bad(kpi: Kpi, score: float) -> bool:
    return kpi.direction == "band" or (score < 0) == (kpi.direction == "up")


def _is_anomalous(found: EvaluatedDay, panel: Panel, band: Band, kpis: Mapping[str, Kpi]) -> bool:
    if abs(found.score) < TOTAL_LIMIT:
        return False
    return (
        found.key.is_total
        or abs(found.score) >= SLICE_LIMIT
        or (found.score < 0 and _cause_is_seen(found, panel, band, kpis))
    )


def _cause_is_seen(found: EvaluatedDay, panel: Panel, band: Band, kpis: Mapping[str, Kpi]) -> bool:
    """Return whether something upstream of sales is bad, outside its range, in this slice."""
    for row, key in enumerate(panel.keys):
        is_here = replace(key, kpi=found.key.kpi) == found.key
        if not is_here or not is_upstream(kpis[key.kpi], kpis[found.key.kpi]):
            continue
        seen = evaluated_day(panel, band, row, panel.column_of(found.day))
        if seen and seen.where == "outside" and _is_bad(kpis[key.kpi], seen.score):
            return True
    return False


def _is_upside_anomaly(found: EvaluatedDay, on_event: bool) -> bool:
    return (
        found.key.is_total
        and not on_event
        and found.score >= GOOD_SIDE_LIMIT
        and found.change >= GOOD_SIDE_CHANGE
    )


def _is_large(found: EvaluatedDay, kpi: Kpi) -> bool:
    smallest = SMALLEST_INDEX_CHANGE if kpi.unit == "index" else SMALLEST_CHANGE
    enough = kpi.unit != "count" or abs(found.value - found.expected) >= SMALLEST_COUNT_CHANGE
    return enough and abs(found.change) >= smallest


def _matters_to_store(
    found: EvaluatedDay, panel: Panel, band: Band, row: int, total: int | None, column: int
) -> bool:
    """Return whether a slice is large enough to matter to the store."""
    if total is None:
        return True
    weight = panel.weights[row, column]
    if panel.models[row] in {"ratio", "mean", "index"}:
        return bool(weight >= SMALLEST_SHARE_OF_CASES * panel.weights[total, column])
    expected = band.center[total, column]
    return bool(abs(found.value - found.expected) >= SMALLEST_SHARE_OF_STORE * expected)
