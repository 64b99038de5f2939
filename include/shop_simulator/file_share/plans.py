"""The planner's files: advertising budgets and sales targets, spread over days.

Both are single files the planner goes on writing: every month is entered on the 20th of the month
before, day by day; readers always get the whole file. Rules:

- a month's days add up to its round sum; each day's share is the planner's weight curve
- `all` is the sum of the platforms' budgets
- a target is a few percent above the sales of an ordinary month of its kind
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from shop_simulator.clock import iso, to_ms
from shop_simulator.randomness import Floats, stream
from shop_simulator.selling.ad_budgets import daily_budgets, days_of_month, spread
from shop_simulator.selling.simulation import Plan
from shop_simulator.setting.calendar import occasions, traffic_and_conversion
from shop_simulator.setting.stores import STORES, Store
from shop_simulator.whole_files import write_whole

_ENTERED_DAY, _ENTERED_HOUR = 20, 9
# An ordinary day at scale 1: orders paid, their value, and net sales without tax,
# freight and returns, in the store's currency. Averages of three autumns with different seeds.
_ORDINARY_DAY: Mapping[str, Mapping[str, float]] = {
    "cn_market": {"paid_orders": 97.0, "paid_gmv": 48_300.0, "net_sales": 44_400.0},
    "us_site": {"paid_orders": 66.0, "paid_gmv": 5_460.0, "net_sales": 4_540.0},
    "eu_shop": {"paid_orders": 67.0, "paid_gmv": 5_770.0, "net_sales": 4_400.0},
}
# A month nobody set targets for: its planner was on leave.
_FORGOTTEN = ("eu_shop", 10)

Month = tuple[int, int]


def write_plans(folder: Path, plan: Plan) -> None:
    """Write the planner's files as they stand at the plan's clock.

    Args:
        folder: gets `ad_budgets.csv` and `targets.csv`.
        plan: of the world.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entered = {month: _entered_ms(month, plan) for month in _months(plan)}
    known = {month: at for month, at in entered.items() if at < plan.until_ms}
    budgets = [line for month, at in known.items() for line in _budget_lines(month, at, plan)]
    targets = [line for month, at in known.items() for line in _target_lines(month, at, plan)]
    for name, header, lines in (
        ("ad_budgets", "shop,platform,day,ccy,budget,saved", budgets),
        ("targets", "shop,measure,day,ccy,target,saved", targets),
    ):
        write_whole(folder / f"{name}.csv", ("\n".join([header, *lines]) + "\n").encode())


def _months(plan: Plan) -> list[Month]:
    """Every month a local day of the history falls into, and the one after."""
    days = [day for store in STORES.values() for day in plan.local_days(store)]
    last = max(days).replace(day=1) + timedelta(days=32)
    months = {(day.year, day.month) for day in days} | {(last.year, last.month)}
    return sorted(months)


def _entered_ms(month: Month, plan: Plan) -> int:
    """When the planner saved a month; what was planned before history began was carried over."""
    before = date(*month, 1) - timedelta(days=1)
    entered = datetime(before.year, before.month, _ENTERED_DAY, _ENTERED_HOUR, tzinfo=UTC)
    return max(plan.start_ms, to_ms(entered))


def _budget_lines(month: Month, saved_ms: int, plan: Plan) -> Iterator[str]:
    saved = iso(saved_ms)
    for store in STORES.values():
        for day in days_of_month(*month):
            budgets = daily_budgets(store, plan.scale, day)
            for scope, cents in [*budgets.items(), ("all", sum(budgets.values()))]:
                yield f"{store.code},{scope},{day},{store.currency},{cents / 100:.2f},{saved}"


def _target_lines(month: Month, saved_ms: int, plan: Plan) -> Iterator[str]:
    saved = iso(saved_ms)
    for store in STORES.values():
        if (store.code, month[1]) == _FORGOTTEN:
            continue
        weights = _expected_days(store, month)
        for measure, usual in _ORDINARY_DAY[store.code].items():
            is_count = measure == "paid_orders"
            target = usual * plan.scale * weights.sum() * _ambition(plan, store, month)
            # Whole orders; money in steps of a hundred, in cents.
            total = round(target) if is_count else round(target / 100) * 10_000
            for day, part in zip(days_of_month(*month), spread(total, weights), strict=True):
                value = f"{part}" if is_count else f"{part / 100:.2f}"
                currency = "" if is_count else store.currency
                yield f"{store.code},{measure},{day},{currency},{value},{saved}"


def _ambition(plan: Plan, store: Store, month: Month) -> float:
    """The target relative to the usual sales of such a month."""
    rng = stream(plan.seed, store.code, "ambition", month[0] * 12 + month[1])
    return float(rng.uniform(1.03, 1.06))


def _expected_days(store: Store, month: Month) -> Floats:
    """How much each day of a month should sell, an ordinary day being 1."""
    days = days_of_month(*month)
    entries = occasions(days[0] - timedelta(days=10), days[-1] + timedelta(days=10))
    lifts = [np.prod(traffic_and_conversion(entries, store.code, day)) for day in days]
    return np.array([store.weekday[day.weekday()] for day in days]) * np.array(lifts)
