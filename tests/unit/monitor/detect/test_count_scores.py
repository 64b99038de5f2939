import numpy as np
import pytest

from storepulse.monitor.detect.count_scores import LARGEST_SCORE, count_scores


def score(seen: float, expected: float, spread: float = 1e-6) -> float:
    return float(count_scores(np.array([seen]), np.array([expected]), np.array([spread]))[0])


@pytest.mark.parametrize(
    # Poisson mid-p by hand: P(X < seen) + P(X = seen) / 2, as a normal quantile.
    ("seen", "expected", "by_hand"),
    [(0, 1, -0.901), (1, 1, 0.1303), (0, 3, -1.963), (7, 3, 2.0008), (10, 10, 0.0521)],
)
def test_scores_are_those_of_the_mid_p(seen, expected, by_hand):
    assert score(seen, expected) == pytest.approx(by_hand, abs=0.002)


def test_a_series_that_varies_by_itself_gets_milder_scores():
    assert score(0, 12, spread=0.2) > score(0, 12)


def test_scores_stay_finite_far_out():
    assert 7.9 < score(500, 2) <= LARGEST_SCORE
    assert score(0, 59) == pytest.approx(-LARGEST_SCORE, abs=0.1)
