"""Which closed days are new, and which of the odd ones deserve a person's attention."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import duckdb

from storepulse.monitor.correlation import is_upstream
from storepulse.monitor.detect.forecast_interval import walk
from storepulse.monitor.detect.series import read_panel
from storepulse.monitor.panel import NO_EVENT, ODD, Band, Judgement, Panel, judged_day
from storepulse.monitor.records import ALL, JudgedDay, SeriesKey
from storepulse.serving.catalog import Catalogue, Kpi

# A whole store's KPI: at 3.5 a calm series alerts about once in three years, and the days on which
# something happened are far beyond it.
TOTAL_LIMIT = ODD
# There are ten slices for each total, so each must be ten times as unlikely; unless its cause is
# seen as well (shelves empty, visits gone, rivals cheaper in the same place), for then it is not
# one of many in which to find something odd by chance.
SLICE_LIMIT = 4.5
# A rise to the good side is news only when it looks like a fault: orders loaded twice, a leaked
# coupon, a bot wave. Promotions that go well are no news, and fewer refunds never are.
GOOD_SIDE_LIMIT, GOOD_SIDE_CHANGE = 4.5, 0.5
# Smaller changes are nothing a person would act on, however sure they are (Anodot's default, too).
SMALLEST_CHANGE, SMALLEST_INDEX_CHANGE = 0.10, 0.03
# Ten orders, units or visits: below that there is nothing to look into.
SMALLEST_COUNT_CHANGE = 10.0
# A slice matters when it moves the store by a twentieth, or carries a tenth of a ratio's cases.
SMALLEST_SHARE_OF_STORE, SMALLEST_SHARE_OF_CASES = 0.05, 0.10
# After a gap, days older than a week are history: nobody can act on them any more.
DAYS_BACK = 7


def judge(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    judged_until: Mapping[tuple[str, str], date],
    days_judged: Mapping[tuple[str, str], frozenset[date]] = MappingProxyType({}),
) -> Judgement | None:
    """Judge the closed days that were not judged before.

    Args:
        con: the published marts.
        catalogue: what they mean.
        judged_until: newest day judged so far by (store, KPI). For a pair without one only the
            newest closed day is judged: a first run tells of yesterday, not of all history.
        days_judged: the days that were, likewise: one of the last week that was passed over, since
            somebody had not reported it or a part of it was held back, is judged when it is ready.

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
    to_judge = {
        pair: _days_to_judge(last, judged_until.get(pair), days_judged.get(pair, frozenset()))
        for pair, last in closed.items()
    }
    days = tuple(_new_days(panel, band, catalogue, to_judge))
    # A shop that was just connected sends its last hours first and its history later: what could
    # not be judged before must not count as judged.
    judged = {(day.key.store_id, day.key.kpi) for day in days}
    newest = {pair: last for pair, last in closed.items() if pair in judged}
    return Judgement(days, newest, panel, band)


def _new_days(
    panel: Panel,
    band: Band,
    catalogue: Catalogue,
    to_judge: Mapping[tuple[str, str], Sequence[date]],
) -> Iterator[JudgedDay]:
    totals = {key: row for row, key in enumerate(panel.keys) if key.is_total}
    for row, key in enumerate(panel.keys):
        pair = (key.store_id, key.kpi)
        total = totals.get(SeriesKey(*pair, ALL, ALL))
        for day in to_judge.get(pair, ()):
            column = panel.column_of(day)
            if not 0 <= column < panel.values.shape[1]:
                continue
            found = judged_day(panel, band, row, column)
            if found is not None:
                yield _marked(found, panel, band, catalogue.kpis, row, total)


def _days_to_judge(last: date, judged: date | None, done: frozenset[date]) -> list[date]:
    """The new closed days, and those between judged ones that were not ready then.

    Days beyond the last one that is closed were judged of a window that was taken back since.
    """
    done = frozenset(day for day in done if day <= last)
    if judged is not None and judged > last:
        judged = max(done, default=None)
    if judged is None:
        return [last]
    week = [last - timedelta(days=step) for step in reversed(range(DAYS_BACK))]
    passed_over = {day for day in week if done and min(done) < day <= judged} - done
    return [day for day in week if day > judged or day in passed_over]


def _marked(
    found: JudgedDay,
    panel: Panel,
    band: Band,
    kpis: Mapping[str, Kpi],
    row: int,
    total: int | None,
) -> JudgedDay:
    kpi, column = kpis[found.key.kpi], panel.column_of(found.day)
    is_bad = _is_bad(kpi, found.score)
    on_event = panel.events[row, column] != NO_EVENT
    is_anomaly = (
        (_is_odd(found, panel, band, kpis) if is_bad else _is_oddly_good(found, on_event))
        and _is_large(found, kpi)
        and (found.key.is_total or _matters_to_store(found, panel, band, row, total, column))
    )
    return replace(found, is_bad=is_bad, is_anomaly=is_anomaly)


def _is_bad(kpi: Kpi, score: float) -> bool:
    return kpi.direction == "band" or (score < 0) == (kpi.direction == "up")


def _is_odd(found: JudgedDay, panel: Panel, band: Band, kpis: Mapping[str, Kpi]) -> bool:
    if abs(found.score) < TOTAL_LIMIT:
        return False
    return (
        found.key.is_total
        or abs(found.score) >= SLICE_LIMIT
        or (found.score < 0 and _cause_is_seen(found, panel, band, kpis))
    )


def _cause_is_seen(found: JudgedDay, panel: Panel, band: Band, kpis: Mapping[str, Kpi]) -> bool:
    """Tell whether something upstream of sales is bad, outside its usual range, in this slice."""
    for row, key in enumerate(panel.keys):
        is_here = replace(key, kpi=found.key.kpi) == found.key
        if not is_here or not is_upstream(kpis[key.kpi], kpis[found.key.kpi]):
            continue
        seen = judged_day(panel, band, row, panel.column_of(found.day))
        if seen and seen.status == "outside" and _is_bad(kpis[key.kpi], seen.score):
            return True
    return False


def _is_oddly_good(found: JudgedDay, on_event: bool) -> bool:
    return (
        found.key.is_total
        and not on_event
        and found.score >= GOOD_SIDE_LIMIT
        and found.change >= GOOD_SIDE_CHANGE
    )


def _is_large(found: JudgedDay, kpi: Kpi) -> bool:
    smallest = SMALLEST_INDEX_CHANGE if kpi.unit == "index" else SMALLEST_CHANGE
    enough = kpi.unit != "count" or abs(found.value - found.expected) >= SMALLEST_COUNT_CHANGE
    return enough and abs(found.change) >= smallest


def _matters_to_store(
    found: JudgedDay, panel: Panel, band: Band, row: int, total: int | None, column: int
) -> bool:
    """Tell whether a slice is large enough for the store to feel it."""
    if total is None:
        return True
    weight = panel.weights[row, column]
    if panel.models[row] in {"ratio", "mean", "index"}:
        return bool(weight >= SMALLEST_SHARE_OF_CASES * panel.weights[total, column])
    expected = band.center[total, column]
    return bool(abs(found.value - found.expected) >= SMALLEST_SHARE_OF_STORE * expected)
