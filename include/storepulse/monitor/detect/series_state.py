"""What is known of each series before a day, and how that begins."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storepulse.monitor.panel import NO_EVENT, PROMOTION, Booleans, Floats, Integers, Panel

# Four weeks have each weekday four times: with fewer, a weekday effect cannot be separated from
# chance.
DAYS_TO_START = 28
# Levels that follow at a month's, a week and a half's, a week's and three days' pace.
LEVEL_RATES = np.array([0.03, 0.08, 0.15, 0.3])
# Shops differ between weekdays by about a fifth; how far a weekday is believed at the start.
WEEKDAY_PRIOR_VARIANCE = 0.04
# What is added to counts before taking logarithms, so that a 0 stays finite and small.
COUNT_OFFSET = 0.3
# Orders differ in worth by about their mean, so a sum of n of them varies as n / 2 equal ones do.
ORDER_SPREAD = 2.0
# An amount that is 0 on more than a tenth of its days has no usual size; its counts are evaluated.
MOST_ZERO_DAYS = 0.1
# 1.6 %: no daily KPI of a shop is steadier, and a constant series must not alert on a cent.
SMALLEST_VARIANCE = 2.5e-4
# A first promotion lifts sums by about 40 %.
FIRST_LIFT = 0.35


@dataclass
class State:
    """What is known of each of S series before the day at hand."""

    offset: Floats
    levels: Floats
    errors: Floats
    weekdays: Floats
    variance: Floats
    lifts: Floats
    events_seen: Floats
    anomalous_days: Floats
    days_seen: Floats
    known: Booleans
    past_scores: Floats


def nothing_known(series: int, days: int) -> State:
    """Begin before the first day."""
    return State(
        offset=np.zeros(series),
        levels=np.full((series, len(LEVEL_RATES)), np.nan),
        errors=np.ones((series, len(LEVEL_RATES))),
        weekdays=np.zeros((series, 7)),
        variance=np.full(series, np.nan),
        lifts=np.zeros((series, 4)),
        events_seen=np.zeros((series, 4)),
        anomalous_days=np.zeros(series),
        days_seen=np.zeros(series),
        known=np.zeros(series, dtype=bool),
        past_scores=np.full((series, days), np.nan),
    )


def start_mature_series(state: State, panel: Panel, day: int) -> None:
    """Fit those series that have just had enough plain days, by medians; they are known then."""
    plain = (panel.events[:, :day] == NO_EVENT) & ~np.isnan(panel.values[:, :day])
    mature = ~state.known & (plain.sum(axis=1) >= DAYS_TO_START) & np.isnan(state.variance)
    for row in map(int, np.flatnonzero(mature)):
        _start(state, panel, row, np.flatnonzero(plain[row]))


def _start(state: State, panel: Panel, row: int, days: Integers) -> None:
    """Fit one series on its first plain days by medians."""
    values = panel.values[row, days]
    model = panel.models[row]
    too_sparse = model in {"amount", "mean", "index"} and np.mean(values <= 0) > MOST_ZERO_DAYS
    state.variance[row] = SMALLEST_VARIANCE
    if too_sparse:
        return
    state.offset[row] = _offset(model, values, panel.weights[row, days])
    logs = np.log(np.maximum(values, 0) + state.offset[row])
    level = np.median(logs)
    spread = _robust_variance(logs - level)
    for weekday in range(7):
        same = logs[panel.weekdays[days] == weekday] - level
        if len(same):
            trust = len(same) / (len(same) + spread / WEEKDAY_PRIOR_VARIANCE)
            state.weekdays[row, weekday] = np.median(same) * trust
    rest = logs - level - state.weekdays[row, panel.weekdays[days]]
    state.levels[row] = level + np.median(rest)
    mean = max(np.exp(level) - state.offset[row], 1e-9)
    sampling = sampling_variance(np.array([model]), np.array([mean]), panel.weights[row, days[-1:]])
    # The same days gave the middle: what is left of them varies a little too little.
    in_sample = 1.25
    state.variance[row] = max(in_sample * _robust_variance(rest) - sampling[0], SMALLEST_VARIANCE)
    if model in {"count", "amount"}:
        state.lifts[row, PROMOTION] = FIRST_LIFT
    state.days_seen[row] = len(days)
    state.known[row] = True


def _offset(model: str, values: Floats, weights: Floats) -> float:
    """What is added before taking the logarithm, in the series' own unit."""
    if model == "count":
        return COUNT_OFFSET
    if model == "ratio":
        return float(COUNT_OFFSET / np.median(weights))
    return float(0.02 * max(np.median(values), 1e-9))


def _robust_variance(rest: Floats) -> float:
    return float((1.4826 * np.median(np.abs(rest - np.median(rest)))) ** 2)


def sampling_variance(models: npt.NDArray[np.str_], mean: Floats, weights: Floats) -> Floats:
    """The variance that chance alone gives a logarithm.

    Poisson for counts, binomial for ratios; a mean over few orders depends on how much they differ.
    What chance does to a sum is part of the variance that is learned; an index is no sample.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        of_ratio = np.maximum(1 - mean, 0) / np.maximum(weights * mean, 0.3)
        of_mean = (ORDER_SPREAD - 1) / np.maximum(weights, 1.0)
    return np.select(
        [models == "count", models == "ratio", models == "mean"],
        [
            1 / np.maximum(mean, 0.3),
            *(np.nan_to_num(part, nan=0.0) for part in (of_ratio, of_mean)),
        ],
        default=0.0,
    )
