"""The planner's advertising budgets: a month's money, spread over its days by a weight curve.

A month's budget is a round sum a little above what advertising usually costs; the planner knows
weekdays and promotions, but not quite how much a promotion swells paid channels, so that budgets
bind on its best days.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import numpy as np

from shop_simulator.clock import days_between
from shop_simulator.randomness import Floats, Ints
from shop_simulator.selling.demand import LANDED_CLICKS
from shop_simulator.setting.calendar import occasions, traffic_and_conversion
from shop_simulator.setting.stores import Store, store_named

_HEADROOM = 1.12
_FORESEEN_LIFT = 0.8
# Months are planned in steps of a hundred, in cents.
_STEP_CENTS = 10_000


def daily_budgets(store: Store, scale: float, day: date) -> Mapping[str, int]:
    """What may be spent on a store's local day.

    Returns:
        cents of the store's currency by advertising platform.
    """
    month = _month_of_budgets(store.code, scale, day.year, day.month)
    return {platform: int(cents[day.day - 1]) for platform, cents in month.items()}


@cache
def _month_of_budgets(code: str, scale: float, year: int, month: int) -> Mapping[str, Ints]:
    store = store_named(code)
    weights = weight_curve(store, year, month)
    budgets = {}
    for channel in store.channels.values():
        if channel.ads is not None:
            clicks = store.sessions_per_day * scale * channel.share / LANDED_CLICKS
            usual = clicks * channel.ads.click_cents * weights.sum()
            total = max(1, round(usual * _HEADROOM / _STEP_CENTS)) * _STEP_CENTS
            budgets[channel.ads.platform] = spread(total, weights)
    return budgets


def weight_curve(store: Store, year: int, month: int) -> Floats:
    """How strong a planner takes each day of a month to be, an ordinary day being 1."""
    days = days_of_month(year, month)
    entries = occasions(days[0], days[-1])
    lifts = [traffic_and_conversion(entries, store.code, day)[0] for day in days]
    weekdays = [store.weekday[day.weekday()] for day in days]
    return np.array(weekdays) * (1 + _FORESEEN_LIFT * (np.array(lifts) - 1))


def days_of_month(year: int, month: int) -> list[date]:
    """Every day of a calendar month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return days_between(first, following - timedelta(days=1))


def spread(total: int, weights: Floats) -> Ints:
    """Cut a whole number into whole parts by weights, so that the parts add up to it."""
    bounds = np.floor(total * np.cumsum(weights) / weights.sum() + 0.5).astype(np.int64)
    bounds[-1] = total
    return np.asarray(np.diff(bounds, prepend=0), dtype=np.int64)
