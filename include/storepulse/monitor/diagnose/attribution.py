"""Which slices moved the whole, so that the parts add up to what the whole did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import ALL, Breakdown, Contribution, SeriesKey
from storepulse.serving.catalog import Kpi

# More lines than this are not read, and parts this small are not news; the rest is one line.
LINES, SMALLEST_LINE = 4, 0.05
# A slice is the culprit when it makes up half of the change ...
CULPRIT_SHARE = 0.5
# ... and clearly more of it than of the whole: a big slice takes part in everything.
CULPRIT_SURPLUS = 0.15
# Same weekdays a slice is compared with when its own band is not known.
WEEKS_COMPARED = 4
# Parts of a whole that hardly moved (offsetting slices) would be percentages of almost nothing.
SMALLEST_WHOLE = 0.5


@dataclass(frozen=True)
class _Part:
    member: str
    value: float
    expected: float
    change: float
    size: float


def break_down(
    evaluation: Evaluation, kpi: Kpi, store_id: str, day: date, dimension: str | None = None
) -> Breakdown | None:
    """Split a store's change along the dimension that explains it best.

    Args:
        evaluation: the values and their expected ranges.
        kpi: which KPI.
        store_id: which store.
        day: a closed day of it.
        dimension: the only one to consider; None for all that exist.

    Returns:
        None when the total cannot be evaluated or has no slices.
    """
    total = evaluation.seen(SeriesKey(store_id, kpi.name, ALL, ALL), day)
    if total is None:
        return None
    change = total.value - total.expected
    candidates = {
        name: _parts(evaluation, kpi, store_id, day, name, total.expected)
        for name in _dimensions(evaluation, kpi, store_id)
        if dimension in {None, name}
    }
    candidates = {name: parts for name, parts in candidates.items() if parts}
    if not candidates:
        return None
    best = max(candidates, key=lambda name: _surplus(candidates[name], change))
    return Breakdown(
        dimension=best,
        rows=_lines(candidates[best], change),
        culprit=_culprit(candidates[best], change),
        whole=Contribution(None, total.value, total.expected, change, 100),
    )


def _dimensions(evaluation: Evaluation, kpi: Kpi, store_id: str) -> list[str]:
    keys = evaluation.panel.keys
    return sorted(
        {k.dimension for k in keys if (k.store_id, k.kpi) == (store_id, kpi.name)} - {ALL}
    )


def _parts(
    evaluation: Evaluation, kpi: Kpi, store_id: str, day: date, dimension: str, whole: float
) -> list[_Part]:
    members = [
        (key, row)
        for key, row in evaluation.rows.items()
        if (key.store_id, key.kpi, key.dimension) == (store_id, kpi.name, dimension)
    ]
    total = evaluation.rows[SeriesKey(store_id, kpi.name, ALL, ALL)]
    if kpi.kind == "ratio":
        return [_part_of_ratio(evaluation, key, row, total, day, whole) for key, row in members]
    return [_part_of_sum(evaluation, key, row, day) for key, row in members]


def _part_of_sum(evaluation: Evaluation, key: SeriesKey, row: int, day: date) -> _Part:
    column = evaluation.panel.column_of(day)
    value = float(np.nan_to_num(evaluation.panel.values[row, column]))
    seen = evaluation.seen(key, day)
    expected = seen.expected if seen else _usual(evaluation.panel.values[row], column)
    return _Part(key.member, value, expected, value - expected, expected)


def _part_of_ratio(
    evaluation: Evaluation, key: SeriesKey, row: int, total: int, day: date, whole: float
) -> _Part:
    """What a slice adds to a ratio's change, by rate and by mix together.

    With R the ratio expected of the whole, a slice's part is the growth of (n - R d) / D: it is 0
    for a slice as good as the whole whatever its size, and the parts add up to the change of R.
    """
    panel, column = evaluation.panel, evaluation.panel.column_of(day)
    values, weights = np.nan_to_num(panel.values[row]), np.nan_to_num(panel.weights[row])
    surplus = (values * weights - whole * weights) / np.nan_to_num(panel.weights[total], nan=1.0)
    change = float(surplus[column]) - _usual(surplus, column)
    size = _usual(weights, column)
    return _Part(key.member, float(values[column]), _usual(panel.values[row], column), change, size)


def _usual(numbers: np.ndarray, column: int) -> float:
    """The mean of the same weekdays before; 0 when there were none."""
    before = numbers[[c for week in range(1, WEEKS_COMPARED + 1) if (c := column - 7 * week) >= 0]]
    known = before[~np.isnan(before)]
    return float(known.mean()) if len(known) else 0.0


def _surplus(parts: Sequence[_Part], change: float) -> float:
    """How much more of the change than of the whole the leading slice makes up."""
    top = _leading(parts, change)
    sizes, moves = sum(abs(p.size) for p in parts), sum(abs(p.change) for p in parts)
    if not sizes or not moves:
        return 0.0
    return abs(top.change) / moves - abs(top.size) / sizes


def _leading(parts: Sequence[_Part], change: float) -> _Part:
    return max(parts, key=lambda part: part.change * np.sign(change))


def _culprit(parts: Sequence[_Part], change: float) -> str | None:
    top = _leading(parts, change)
    is_most = change != 0 and top.change / change >= CULPRIT_SHARE
    return top.member if is_most and _surplus(parts, change) >= CULPRIT_SURPLUS else None


def _lines(parts: Sequence[_Part], change: float) -> tuple[Contribution, ...]:
    ordered = sorted(parts, key=lambda part: -abs(part.change))
    largest = max(abs(part.change) for part in parts)
    notable = [part for part in ordered if abs(part.change) >= SMALLEST_LINE * largest]
    shown = notable[:LINES]
    rest = change - sum(part.change for part in shown)
    rows = [Contribution(p.member, p.value, p.expected, p.change, None) for p in shown]
    rows.append(Contribution(None, None, None, rest, None))
    if abs(change) < SMALLEST_WHOLE * largest:
        return tuple(rows)
    percents = whole_percents([row.change / change for row in rows])
    return tuple(replace(row, percent=p) for row, p in zip(rows, percents, strict=True))


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Round shares of 1 to whole percents that still add up to 100, by largest remainder."""
    exact = [share * 100 for share in shares]
    rounded = [int(np.floor(percent)) for percent in exact]
    missing = 100 - sum(rounded)
    by_remainder = sorted(range(len(exact)), key=lambda i: rounded[i] - exact[i])
    for place in by_remainder[:missing]:
        rounded[place] += 1
    return rounded
