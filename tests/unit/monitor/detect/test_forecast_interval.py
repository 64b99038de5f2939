"""Calm series, broken in one named way; the day that must be found is named."""

import warnings
from datetime import date, timedelta

import numpy as np
import pytest

from storepulse.monitor.detect.forecast_interval import walk
from storepulse.monitor.panel import ANOMALY_THRESHOLD, NO_EVENT, PROMOTION, Panel
from storepulse.monitor.records import SeriesKey

FIRST_DAY = date(2026, 5, 4)
WEEKDAY = np.array([1.0, 0.97, 0.96, 1.0, 1.08, 1.25, 1.2])
HALF_A_YEAR = 182


def calm(model: str, mean: float, series: int = 40, days: int = HALF_A_YEAR, seed: int = 1):
    """Series with weekdays, a drifting level and noise: (values, weights)."""
    draw = np.random.default_rng(seed)
    shape = (series, days)
    drift = np.exp(np.cumsum(draw.normal(0, 0.006, shape), axis=1))
    expected = mean * WEEKDAY[np.arange(days) % 7] * drift * np.exp(draw.normal(0, 0.05, shape))
    if model == "count":
        return draw.poisson(expected).astype(float), np.full(shape, np.nan)
    if model == "ratio":
        cases = draw.poisson(1700, shape)
        rate = np.clip(mean * np.exp(draw.normal(0, 0.05, shape)), 0, 1)
        return draw.binomial(cases, rate) / cases, cases.astype(float)
    return expected * np.exp(draw.normal(0, 0.05, shape)), np.full(shape, np.nan)


def panel(values, weights, model: str, events=None) -> Panel:
    keys = tuple(SeriesKey("shop", "kpi", "channel", str(n)) for n in range(len(values)))
    events = np.full(values.shape, NO_EVENT) if events is None else events
    return Panel(keys, FIRST_DAY, values, weights, events, np.array([model] * len(values)))


def day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("model", "mean"),
    [("count", 2000), ("count", 60), ("count", 8), ("count", 0.5), ("amount", 3000.0)]
    + [("mean", 48.0), ("ratio", 0.03)],
)
def test_half_a_year_of_calm_gives_less_than_a_tenth_of_an_alert_per_series_and_month(model, mean):
    values, weights = calm(model, mean, series=120)

    scores = walk(panel(values, weights, model)).scores[:, 28:]

    assert np.isfinite(scores).mean() > 0.99
    false_alerts = (np.abs(scores) >= ANOMALY_THRESHOLD).mean() * 30
    assert false_alerts <= 0.1


@pytest.mark.parametrize(("model", "mean"), [("count", 2000), ("count", 60), ("amount", 3000.0)])
def test_ninety_nine_of_a_hundred_calm_days_lie_in_the_usual_range(model, mean):
    values, weights = calm(model, mean, series=120)

    band = walk(panel(values, weights, model))

    inside = (values >= band.lower) & (values <= band.upper)
    assert 0.98 <= inside[:, 28:].mean() <= 0.999


@pytest.mark.parametrize(
    ("model", "mean", "left"),
    [("count", 2000, 0.6), ("count", 60, 0.25), ("amount", 3000.0, 0.4), ("ratio", 0.03, 0.3)],
)
def test_a_day_that_lost_much_of_its_value_is_found(model, mean, left):
    values, weights = calm(model, mean)
    broken = 150
    values[:, broken] *= left

    scores = walk(panel(values, weights, model)).scores

    found = {
        day(int(column))
        for column in np.flatnonzero(np.median(scores, axis=0) <= -ANOMALY_THRESHOLD)
    }
    assert found == {day(broken)}
    assert (scores[:, broken] <= -ANOMALY_THRESHOLD).mean() > 0.9


def test_a_channel_that_falls_silent_is_found_even_when_it_is_small():
    values, weights = calm("count", 25)
    values[:, 160] = 0

    scores = walk(panel(values, weights, "count")).scores

    assert (scores[:, 160] <= -ANOMALY_THRESHOLD).all()


def test_a_quiet_slice_with_two_orders_a_day_cannot_alert_by_selling_none():
    values, weights = calm("count", 2)
    values[:, 160] = 0

    assert (np.abs(walk(panel(values, weights, "count")).scores[:, 160]) < ANOMALY_THRESHOLD).all()


def test_a_weekday_is_compared_with_its_own_kind():
    values, weights = calm("count", 2000)
    sunday = 146
    assert day(sunday).isoweekday() == 7
    # A usual Sunday would be an anomaly on a Tuesday.
    values[:, sunday + 2] = values[:, sunday] * 1.15

    scores = walk(panel(values, weights, "count")).scores

    assert np.median(np.abs(scores[:, sunday])) < 2
    assert np.median(scores[:, sunday + 2]) > ANOMALY_THRESHOLD


def test_a_promotion_on_the_calendar_does_not_alert_and_one_next_to_it_does():
    values, weights = calm("count", 2000)
    promotion = slice(140, 143)
    values[:, promotion] *= 1.8
    events = np.full(values.shape, NO_EVENT)
    events[:, promotion] = PROMOTION

    known = walk(panel(values, weights, "count", events)).scores[:, promotion]
    unknown = walk(panel(values, weights, "count")).scores[:, promotion]

    assert (np.abs(known) < ANOMALY_THRESHOLD).all()
    assert (unknown[:, 0] > ANOMALY_THRESHOLD).mean() > 0.9


def test_a_promotion_that_never_started_is_found():
    values, weights = calm("count", 2000)
    events = np.full(values.shape, NO_EVENT)
    for start in (60, 90, 120):
        values[:, start : start + 3] *= 2.5
        events[:, start : start + 3] = PROMOTION
    events[:, 150] = PROMOTION
    values[:, 150] *= 0.5

    assert (
        walk(panel(values, weights, "count", events)).scores[:, 150] <= -ANOMALY_THRESHOLD
    ).mean() > 0.9


def test_an_incident_does_not_become_the_new_normal():
    values, weights = calm("count", 2000)
    values[:, 150:155] *= 0.6
    values[:, 160] *= 0.6

    scores = walk(panel(values, weights, "count")).scores

    # The fifth day is as anomalous as the first, and so is the next one.
    assert np.median(scores[:, 154]) < -ANOMALY_THRESHOLD
    assert np.median(scores[:, 160]) < -ANOMALY_THRESHOLD


def test_a_level_that_stays_is_the_new_normal_after_some_weeks():
    values, weights = calm("count", 2000)
    values[:, 120:] *= 0.6

    scores = walk(panel(values, weights, "count")).scores

    assert np.median(scores[:, 120]) < -ANOMALY_THRESHOLD
    assert np.abs(np.median(scores[:, 165:], axis=0)).max() < ANOMALY_THRESHOLD


def test_nothing_of_the_future_is_used():
    values, weights = calm("count", 200)
    until = 120
    cut = walk(panel(values[:, :until], weights[:, :until], "count"))

    assert np.array_equal(
        walk(panel(values, weights, "count")).scores[:, :until], cut.scores, equal_nan=True
    )


def test_four_weeks_are_not_scored_and_a_missing_day_is_no_zero():
    values, weights = calm("count", 2000)
    values[:, 100] = np.nan

    scores = walk(panel(values, weights, "count")).scores

    assert np.isnan(scores[:, :28]).all()
    assert np.isnan(scores[:, 100]).all()
    assert np.median(np.abs(scores[:, 101])) < 2


def test_amounts_that_are_mostly_zero_are_left_to_their_counts():
    draw = np.random.default_rng(3)
    values = np.where(draw.random((5, 120)) < 0.3, 0.0, draw.lognormal(4, 1, (5, 120)))

    assert np.isnan(walk(panel(values, np.full(values.shape, np.nan), "amount")).scores).all()


def test_a_ratio_on_few_cases_varies_more_than_one_on_many():
    values, weights = calm("ratio", 0.03)
    values[:, 150] *= 0.55
    few = weights.copy()
    few[:, 150] = 150

    on_many = walk(panel(values, weights, "ratio")).scores[:, 150]
    on_few = walk(panel(values, few, "ratio")).scores[:, 150]

    assert np.median(on_many) < -2.5
    assert np.median(np.abs(on_few)) < 2


def test_a_series_too_young_to_be_known_gives_no_warning():
    steady = np.full(60, 100.0)
    young = np.where(np.arange(60) < 40, np.nan, 0.0)
    values = np.array([steady, young])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        band = walk(panel(values, np.ones_like(values), "count"))

    assert np.isfinite(band.scores[0, 28:]).all()
    assert np.isnan(band.scores[1]).all()
