"""Which days were judged, as the alert ledger has noted them, series by series.

The newest one alone does not tell: a day that was not ready is passed over by later ones, and is
judged once it is.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date

from storepulse.monitor.panel import Judgement


def days_judged(book: sqlite3.Connection) -> Mapping[tuple[str, str], frozenset[date]]:
    """Every day of which anything was judged, by store and KPI."""
    found: dict[tuple[str, str], set[date]] = {}
    for store, kpi, day in book.execute("select distinct store_id, kpi, day from judged_days"):
        found.setdefault((store, kpi), set()).add(date.fromisoformat(day))
    return {pair: frozenset(days) for pair, days in found.items()}


def is_any_judged(book: sqlite3.Connection, judgement: Judgement) -> bool:
    """Tell whether another run was faster with a day that was passed over."""
    days = {(*astuple(day.key), day.day.isoformat()) for day in judgement.days}
    rows = book.execute("select store_id, kpi, dimension, member, day from judged_days")
    return not days.isdisjoint(rows)
