"""Walk forward over the days and forecast each one, with an interval, before it is seen.

On a logarithmic scale every series is level + weekday + lift on event days, so that a shop ten
times as large is scored alike. The level follows the series at several speeds at once and trusts
the one that erred least. Nothing that is learned moves by more than a clipped error, and anomalous
days do not teach at all, so that an incident does not become the new normal.

The recipe and its constants come from a comparison on labelled series (real ones, simulated shops,
small counts): see docs/adr/0024-score-days-by-an-expected-range.md.
"""

from dataclasses import dataclass

import numpy as np

from storepulse.monitor.detect.count_scores import count_scores
from storepulse.monitor.detect.series_state import (
    COUNT_OFFSET,
    LEVEL_RATES,
    ORDER_SPREAD,
    SMALLEST_VARIANCE,
    State,
    nothing_known,
    sampling_variance,
    start_mature_series,
)
from storepulse.monitor.detect.tail_scaling import tails
from storepulse.monitor.panel import (
    ANOMALY_THRESHOLD,
    HOLIDAY,
    NEXT_TO_EVENT,
    NO_EVENT,
    PROMOTION,
    Band,
    Booleans,
    Floats,
    Integers,
    Panel,
)

# A faster level must earn its place: it is preferred only when its error is 2 % smaller.
PENALTY_PER_STEP = 1.02
ERROR_MEMORY = 0.98
WEEKDAY_RATE = 0.12
VARIANCE_RATE = 0.03
# Errors teach up to here: 99 % of a calm series' days are inside.
LEARNING_LIMIT = 2.5
# Share of an error that a level may take although most of it is chance (small counts).
SMALLEST_DAMPING = 0.25
# An anomalous day does not teach. If it lasts for a week it is the new normal, mailed once.
ANOMALOUS_DAYS_UNTIL_NORMAL = 7
# Below this many, counts are scored as counts and not by their logarithm.
SMALL_COUNT, TINY_COUNT = 60.0, 3.0
# 99 of 100 calm days lie in the expected range.
EXPECTED_RANGE = 2.576
# How a first promotion goes is known to a factor of 1.7; each one that was seen narrows it, but no
# two are alike.
LIFT_VARIANCE_LEFT, LIFT_VARIANCE_FIRST, LIFT_STEP = 0.04, 0.25, 0.7
# Next to a promotion people wait or rest: 14 % more uncertainty.
NEXT_TO_EVENT_VARIANCE = 0.02
# Ratios and means move less than sums when a promotion comes.
RATIO_EVENT_SHARE = 0.3


@dataclass(frozen=True)
class _Outlook:
    """What one day is expected to be: middle and parts of the variance on the log scale, (S,)."""

    middle: Floats
    level: Floats
    sampling: Floats
    doubt: Floats
    mean: Floats


def walk(panel: Panel) -> Band:
    """Score every day of every series with what was known on the day before."""
    shape = panel.values.shape
    state = nothing_known(*shape)
    center, lower, upper, scores = (np.full(shape, np.nan) for _ in range(4))
    for day in range(shape[1]):
        start_mature_series(state, panel, day)
        if not state.known.any():
            continue
        outlook = _expect(state, panel, day)
        low_tail, high_tail = tails(state.past_scores[:, :day])
        center[:, day] = _back(outlook.middle, state)
        lower[:, day] = _edge(state, outlook, panel, day, -EXPECTED_RANGE * low_tail)
        upper[:, day] = _edge(state, outlook, panel, day, EXPECTED_RANGE * high_tail)
        raw = _raw_scores(state, outlook, panel, day)
        scores[:, day] = raw / np.where(raw < 0, low_tail, high_tail)
        _learn(state, outlook, panel, day, raw, scores[:, day])
    return Band(center, lower, upper, scores)


def _expect(state: State, panel: Panel, day: int) -> _Outlook:
    rows = np.arange(len(state.known))
    event = panel.events[:, day]
    best = np.argmin(state.errors * PENALTY_PER_STEP ** np.arange(len(LEVEL_RATES)), axis=1)
    level = state.levels[rows, best] + state.weekdays[:, panel.weekdays[day]]
    middle = level + state.lifts[rows, event]
    mean = np.maximum(_back(middle, state), 1e-9)
    sampling = sampling_variance(panel.models, mean, panel.weights[:, day])
    seen = state.events_seen[rows, event]
    of_event = LIFT_VARIANCE_LEFT + LIFT_VARIANCE_FIRST / (1 + seen)
    doubt = np.select(
        [event == NO_EVENT, event == NEXT_TO_EVENT], [0.0, NEXT_TO_EVENT_VARIANCE], default=of_event
    )
    doubt = doubt * np.where(
        np.isin(panel.models, ["ratio", "mean", "index"]), RATIO_EVENT_SHARE, 1.0
    )
    weeks = state.days_seen / 7
    return _Outlook(
        middle, level, sampling, doubt + (state.variance + sampling) / (weeks + 1), mean
    )


def _edge(state: State, outlook: _Outlook, panel: Panel, day: int, deviations: Floats) -> Floats:
    """The value so many deviations away; by square roots for small counts, which logs distort."""
    total = state.variance + outlook.sampling + outlook.doubt
    edge = _back(outlook.middle + deviations * np.sqrt(total), state)
    cases, spread = _as_counts(state, outlook, panel, day)
    expected = outlook.mean * cases
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(expected) + deviations / 2 * np.sqrt(1 + spread * expected)
        small = np.maximum(root, 0.0) ** 2 / cases
    edge = np.where(expected < SMALL_COUNT, small, edge)
    return np.where(panel.models == "ratio", np.minimum(edge, 1.0), edge)


def _as_counts(state: State, outlook: _Outlook, panel: Panel, day: int) -> tuple[Floats, Floats]:
    """How to score values as counts: cases per unit of value, and the variance besides chance.

    A sum of few orders falls short by chance as a count does, and much further than a logarithm
    allows for: it is scored as a count of fewer, equal orders. Their number is what both the
    number of orders and the sum's own variance, which contains their chance, allow.

    Returns:
        Cases per unit, nan where a value counts nothing, and the variance of the mean's logarithm.
    """
    weights, is_amount = panel.weights[:, day], panel.models == "amount"
    chance = np.minimum(ORDER_SPREAD * weights / outlook.mean, state.variance)
    chance = np.maximum(chance, SMALLEST_VARIANCE / 2)
    cases = np.select(
        [panel.models == "count", panel.models == "ratio", is_amount],
        [np.ones_like(weights), weights, 1 / (chance * outlook.mean)],
        default=np.nan,
    )
    excess = np.where(is_amount, state.variance - chance, state.variance)
    return cases, np.maximum(excess, SMALLEST_VARIANCE) + outlook.doubt


def _logs(values: Floats, state: State) -> Floats:
    # What is not known yet has no offset, and its 0 no logarithm; neither is used.
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(values, 0) + state.offset)


def _back(logs: Floats, state: State) -> Floats:
    return np.maximum(np.exp(logs) - state.offset, 0.0)


def _raw_scores(state: State, outlook: _Outlook, panel: Panel, day: int) -> Floats:
    values, logs = panel.values[:, day], _logs(panel.values[:, day], state)
    total = state.variance + outlook.sampling + outlook.doubt
    raw = np.where(state.known, (logs - outlook.middle) / np.sqrt(total), np.nan)
    cases, spread = _as_counts(state, outlook, panel, day)
    expected, seen = outlook.mean * cases, np.maximum(values, 0) * cases
    small = ~np.isnan(raw) & (expected < SMALL_COUNT)
    if small.any():
        # The middle of logarithms understates the mean of tiny counts by about their offset.
        is_tiny = (expected < TINY_COUNT) & (panel.models != "amount")
        mean = expected + np.where(is_tiny, COUNT_OFFSET, 0.0)
        raw[small] = count_scores(seen[small], mean[small], spread[small])
    return raw


def _learn(
    state: State, outlook: _Outlook, panel: Panel, day: int, raw: Floats, scores: Floats
) -> None:
    seen = state.known & ~np.isnan(raw)
    anomalous = seen & (np.abs(scores) >= ANOMALY_THRESHOLD)
    state.anomalous_days = np.where(
        seen, np.where(anomalous, state.anomalous_days + 1, 0), state.anomalous_days
    )
    event = panel.events[:, day]
    logs = _logs(panel.values[:, day], state)
    _learn_lift(state, seen & np.isin(event, [PROMOTION, HOLIDAY]), event, logs - outlook.level)
    plain = seen & np.isin(event, [NO_EVENT, NEXT_TO_EVENT])
    # Clipped, so that one incident does not decide how heavy the tails are.
    state.past_scores[plain, day] = np.clip(raw[plain], -4, 4)
    teaches = plain & (~anomalous | (state.anomalous_days > ANOMALOUS_DAYS_UNTIL_NORMAL))
    _learn_shape(state, teaches, outlook, logs, int(panel.weekdays[day]))
    state.days_seen += seen


def _learn_lift(state: State, teaches: Booleans, event: Integers, lift: Floats) -> None:
    rows = np.flatnonzero(teaches)
    kinds = event[rows]
    step = np.clip(lift[rows] - state.lifts[rows, kinds], -LIFT_STEP, LIFT_STEP)
    state.lifts[rows, kinds] += step / (1 + state.events_seen[rows, kinds])
    state.events_seen[rows, kinds] += 1


def _learn_shape(
    state: State, teaches: Booleans, outlook: _Outlook, logs: Floats, weekday: int
) -> None:
    rows = np.flatnonzero(teaches)
    variance, sampling = state.variance[rows], outlook.sampling[rows]
    deviation = np.sqrt(variance + sampling)
    damping = np.maximum(variance / (variance + sampling), SMALLEST_DAMPING)
    rest = logs[rows] - state.weekdays[rows, weekday]
    misses = (rest[:, None] - state.levels[rows]) / deviation[:, None]
    clipped = np.clip(misses, -LEARNING_LIMIT, LEARNING_LIMIT)
    state.errors[rows] = ERROR_MEMORY * state.errors[rows] + (1 - ERROR_MEMORY) * np.abs(clipped)
    state.levels[rows] += LEVEL_RATES * (damping * deviation)[:, None] * clipped
    miss = np.clip((logs - outlook.level)[rows] / deviation, -LEARNING_LIMIT, LEARNING_LIMIT)
    miss = miss * deviation
    state.weekdays[rows, weekday] += WEEKDAY_RATE * damping * miss
    # Weekdays are differences: what they have in common belongs to the level.
    drift = state.weekdays[rows].mean(axis=1)
    state.weekdays[rows] -= drift[:, None]
    state.levels[rows] += drift[:, None]
    state.variance[rows] = np.maximum(
        variance + VARIANCE_RATE * (miss**2 - sampling - variance), SMALLEST_VARIANCE
    )
