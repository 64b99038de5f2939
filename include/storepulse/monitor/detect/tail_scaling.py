"""How heavy the tails of each series' own scores are, so that anomalies are relative to them."""

import numpy as np

from storepulse.monitor.panel import Floats, Integers

# Scores of the last four months show how heavy this series' own tails are.
TAIL_DAYS = 120
# With fewer scores than this the tail is not known: be a little more careful.
TAIL_DAYS_NEEDED, UNKNOWN_TAIL = 20, 1.2


def tails(past: Floats) -> tuple[Floats, Floats]:
    """How much heavier than normal the tails below and above are.

    Args:
        past: (S, T) raw scores of the days before, nan where there were none.

    Returns:
        Factors for the lower and the upper tail, (S,) each, at least 1.
    """
    past = past[:, -TAIL_DAYS:]
    count = (~np.isnan(past)).sum(axis=1)
    both = _tail(np.abs(past), count, 0.90, 0.98)
    below, above = _tail(-past, count, 0.95, 0.99), _tail(past, count, 0.95, 0.99)
    unknown = count < TAIL_DAYS_NEEDED
    low, high = (np.maximum(0.5 * both + 0.5 * side, 1.0) for side in (below, above))
    return np.where(unknown, UNKNOWN_TAIL, low), np.where(unknown, UNKNOWN_TAIL, high)


def _tail(scores: Floats, count: Integers, near: float, far: float) -> Floats:
    ordered = np.sort(scores, axis=1)
    quantiles = [
        np.maximum(_quantile(ordered, count, share), 0.1) / normal
        for share, normal in ((near, 1.645), (far, 2.326))
    ]
    tail: Floats = np.sqrt(quantiles[0] * quantiles[1])
    return tail


def _quantile(ordered: Floats, count: Integers, share: float) -> Floats:
    """Interpolate a quantile of each row, whose nan are sorted to its end."""
    if ordered.shape[1] == 0:
        return np.ones(len(ordered))
    place = share * np.maximum(count - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)).astype(int)
    rows = np.arange(len(ordered))
    part = place - low
    between: Floats = (1 - part) * ordered[rows, low] + part * ordered[rows, high]
    return np.nan_to_num(between, nan=1.0)
