"""The task board: what the company's teams plan to do, and when they did it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
import pandas as pd

from shop_simulator.clock import DAY, HOUR, NEVER, from_ms, local_midnight, local_moment
from shop_simulator.randomness import stream
from shop_simulator.selling.simulation import Plan
from shop_simulator.setting.stores import STORES, Store

# Kind of task, team that does it, days given for it, and tasks per store and week.
_KINDS = (
    ("listing", "merchandising", 5, 1.6),
    ("promotion", "marketing", 12, 0.9),
    ("supplier", "purchasing", 8, 1.0),
    ("stock_take", "logistics", 4, 0.7),
    ("process", "operations", 20, 0.4),
)
_HEAD_OFFICE = ("reporting", "finance", 7, 1.5)
_PROJECTS = {
    "listing": "range",
    "promotion": "campaigns",
    "supplier": "sourcing",
    "stock_take": "warehouse",
    "process": "workflow",
    "reporting": "month-end",
}
_HEAD_OFFICE_ZONE = "Asia/Shanghai"
_DUE_AT_HOUR = 18
_DROPPED, _LATE = 0.04, 0.16

_Row: TypeAlias = dict[str, str | int | None]


def task_rows(plan: Plan) -> pd.DataFrame:
    """Rows of `board_tasks` at the clock, with `modified_ms`; one is restated when it is done."""
    first = from_ms(plan.start_ms).date()
    monday = first - timedelta(days=first.weekday())
    rows: list[_Row] = []
    while local_midnight("UTC", monday) < plan.until_ms:
        for store in STORES.values():
            rows += _week_of(plan, store, monday)
        rows += _week_of(plan, None, monday)
        monday += timedelta(days=7)
    frame = pd.DataFrame(rows)
    seen = frame[frame["created_ms"].between(plan.start_ms, plan.until_ms, inclusive="left")].copy()
    done = seen["done_ms"] < plan.until_ms
    seen["done_ms"] = seen["done_ms"].where(done, NEVER)
    seen["modified_ms"] = seen["done_ms"].where(done, seen["created_ms"])
    return seen


def _week_of(plan: Plan, store: Store | None, monday: date) -> Iterator[_Row]:
    """What is put on the board in one week for one store, or for the whole company."""
    code = store.code if store else "company"
    zone = store.tz_name if store else _HEAD_OFFICE_ZONE
    prefix = store.order_prefix if store else "HQ"
    rng = stream(plan.seed, code, "board", monday.toordinal())
    number = 0
    for kind, team, days, per_week in _KINDS if store else (_HEAD_OFFICE,):
        for _ in range(int(rng.poisson(per_week))):
            number += 1
            day = monday + timedelta(days=int(rng.integers(0, 5)))
            created = local_moment(zone, day, 9) + int(rng.integers(0, 8 * HOUR))
            due = local_moment(zone, day + timedelta(days=_given(rng, days)), _DUE_AT_HOUR)
            yield {
                "task_no": f"T{prefix}{monday:%y%m%d}{number:02d}",
                "project": f"{day.year}-{_PROJECTS[kind]}",
                "kind": kind,
                "team": team,
                "shop_code": store.code if store else None,
                "due_ms": due,
                "created_ms": created,
                "done_ms": _done(rng, created, due),
            }


def _given(rng: np.random.Generator, days: int) -> int:
    return max(1, round(days * float(rng.lognormal(0, 0.3))))


def _done(rng: np.random.Generator, created_ms: int, due_ms: int) -> int:
    """When it is done: mostly in time, sometimes days late, now and then never."""
    fate = float(rng.random())
    if fate < _DROPPED:
        return NEVER
    if fate < _DROPPED + _LATE:
        return due_ms + int(rng.gamma(1.3, 2.2 * DAY)) + HOUR
    return created_ms + int((due_ms - created_ms) * rng.beta(4, 1.6))
