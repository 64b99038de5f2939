"""Which anomalies of a store's day have one cause, and which of them to read first."""

from collections.abc import Mapping, Sequence

from storepulse.monitor.correlation import have_one_cause
from storepulse.monitor.records import EvaluatedDay
from storepulse.serving.catalog import PRIMARY_FIRST, Kpi


def grouped(
    anomalies: Sequence[EvaluatedDay], kpis: Mapping[str, Kpi]
) -> list[tuple[EvaluatedDay, ...]]:
    """Put the anomalies of one store and day into groups of one cause, the primary first in each.

    Args:
        anomalies: all of one store and one day.
        kpis: the catalogue.
    """
    groups: list[list[EvaluatedDay]] = []
    for anomaly in anomalies:
        related = [g for g in groups if any(have_one_cause(anomaly, one, kpis) for one in g)]
        merged = [anomaly, *(one for group in related for one in group)]
        groups = [group for group in groups if group not in related] + [merged]
    order = _primary_order(kpis)
    return [tuple(sorted(group, key=lambda one: _rank(one, order))) for group in groups]


def _primary_order(kpis: Mapping[str, Kpi]) -> Mapping[str, int]:
    named = [name for name in PRIMARY_FIRST if name in kpis]
    rest = [name for name in kpis if name not in PRIMARY_FIRST]
    return {name: place for place, name in enumerate(named + rest)}


def _rank(one: EvaluatedDay, order: Mapping[str, int]) -> tuple[bool, bool, int, float]:
    return (not one.is_bad, not one.key.is_total, order[one.key.kpi], -abs(one.score))


def primary_first(
    days: Sequence[EvaluatedDay], kpis: Mapping[str, Kpi]
) -> tuple[EvaluatedDay, ...]:
    """Sort the other KPIs of a day: anomalies first, then those closest to money."""
    order = _primary_order(kpis)
    return tuple(sorted(days, key=lambda one: (not one.is_anomaly, order[one.key.kpi])))
