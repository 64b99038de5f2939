"""Scores of small counts, for which a normal distribution would be wrong."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Beyond this, double precision cannot distinguish the tail probability from 0.
LARGEST_SCORE = 8.0
_NORMAL = NormalDist()


def count_scores(seen: Floats, expected: Floats, spread: Floats) -> Floats:
    """Turn counts into normal scores through the negative binomial mid-p.

    The mid-p counts half of the probability of exactly what was seen, so that a count that can
    hardly vary (0 or 1 orders a day) is not anomalous merely because it is a whole number.

    Args:
        seen: (S,) counts; not negative.
        expected: (S,) means; positive.
        spread: (S,) variance of the mean's own logarithm: 0 would be Poisson. Positive.

    Returns:
        (S,) scores, at most LARGEST_SCORE from 0 either way.
    """
    size = 1.0 / spread
    share = expected / (size + expected)
    deviation = np.sqrt(expected + spread * expected**2)
    counts = np.minimum(np.round(seen), np.ceil(expected + 2 * LARGEST_SCORE * deviation) + 20)
    mass = np.exp(size * np.log1p(-share))
    below = np.zeros_like(mass)
    for count in range(int(counts.max(initial=0))):
        below = np.where(count < counts, below + mass, below)
        mass = np.where(count < counts, mass * share * (count + size) / (count + 1), mass)
    return np.array([_score(p) for p in below + 0.5 * mass])


def _score(probability: float) -> float:
    edge = 1e-15
    bounded = min(max(probability, edge), 1 - edge)
    return float(np.clip(_NORMAL.inv_cdf(bounded), -LARGEST_SCORE, LARGEST_SCORE))
