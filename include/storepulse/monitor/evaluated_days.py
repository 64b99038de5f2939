"""Which days were evaluated, as the alert store has recorded them, series by series.

The newest one alone is not enough: a day that was not ready is skipped by later ones, and is
evaluated once it is ready.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date

from storepulse.monitor.panel import Evaluation


def days_evaluated(db: sqlite3.Connection) -> Mapping[tuple[str, str], frozenset[date]]:
    """Every day with at least one evaluated series, by store and KPI."""
    found: dict[tuple[str, str], set[date]] = {}
    for store, kpi, day in db.execute("select distinct store_id, kpi, day from judged_days"):
        found.setdefault((store, kpi), set()).add(date.fromisoformat(day))
    return {pair: frozenset(days) for pair, days in found.items()}


def is_any_evaluated(db: sqlite3.Connection, evaluation: Evaluation) -> bool:
    """Return whether another run was faster with a day that had been skipped."""
    days = {(*astuple(day.key), day.day.isoformat()) for day in evaluation.days}
    rows = db.execute("select store_id, kpi, dimension, member, day from judged_days")
    return not days.isdisjoint(rows)
