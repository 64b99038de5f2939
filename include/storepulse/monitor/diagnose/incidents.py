"""From anomalies to incidents, each of which becomes a mail."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

import duckdb
import numpy as np

from storepulse.monitor.diagnose.attribution import break_down
from storepulse.monitor.diagnose.evidence import collect_evidence
from storepulse.monitor.diagnose.grouping import grouped, primary_first
from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import (
    ALL,
    EvaluatedDay,
    Evidence,
    History,
    Incident,
    SeriesKey,
    Severity,
)
from storepulse.serving.catalog import Catalogue, Kpi
from storepulse.serving.readiness import not_ready

# Eight weeks: every weekday eight times, and still one glance.
HISTORY_DAYS = 56
# The KPI that measures what a day of a store is worth.
MONEY_KPI = "paid_gmv"
# A tenth of a day's money is worth an early phone call.
HIGH_SHARE_OF_DAY = 0.10
# This evidence shows that the numbers are wrong rather than the business.
DATA_FAULTS = frozenset({"lost_tracking", "repeated_orders"})


def explain(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue, evaluation: Evaluation
) -> list[Incident]:
    """Make incidents of a run's anomalies, oldest day first.

    Args:
        con: the published marts.
        catalogue: what they mean.
        evaluation: what the run found.
    """
    by_store_day = sorted(evaluation.anomalies, key=_store_day)
    return [
        _incident(con, catalogue, evaluation, group)
        for _, anomalies in groupby(by_store_day, key=_store_day)
        for group in grouped(list(anomalies), catalogue.kpis)
    ]


def _store_day(anomaly: EvaluatedDay) -> tuple[date, str]:
    return (anomaly.day, anomaly.key.store_id)


def _incident(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    evaluation: Evaluation,
    anomalies: tuple[EvaluatedDay, ...],
) -> Incident:
    primary = anomalies[0]
    key, day = primary.key, primary.day
    evidence = collect_evidence(con, catalogue, evaluation, anomalies)
    surroundings = _surroundings(evaluation, catalogue.kpis, primary, anomalies)
    stake = _money_at_stake(evaluation, primary, catalogue.kpis)
    return Incident(
        incident_id=incident_id(primary),
        store=catalogue.stores[key.store_id],
        day=day,
        kpis=_kpis_named(catalogue.kpis, (*anomalies, *surroundings)),
        primary=primary,
        anomalies=anomalies,
        surroundings=surroundings,
        severity=_severity(evaluation, primary, stake),
        money_at_stake=stake,
        is_data_fault=any(one.kind in DATA_FAULTS for one in evidence),
        breakdown=break_down(
            evaluation,
            catalogue.kpis[key.kpi],
            key.store_id,
            day,
            None if key.is_total else key.dimension,
        ),
        evidence=_without_duplicates(evidence),
        events=tuple(catalogue.events_on(key.store_id, day)),
        history=_history(evaluation, key, day),
        not_ready=not_ready(con, catalogue, key.store_id, day),
    )


def incident_id(primary: EvaluatedDay) -> str:
    """Name an incident: stable, and safe in paths and headers."""
    key = primary.key
    parts = [key.store_id, key.kpi, *([] if key.is_total else [key.member]), f"{primary.day}"]
    name = "-".join(parts)
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "~" for c in name)[:120]


def _kpis_named(kpis: Mapping[str, Kpi], days: Sequence[EvaluatedDay]) -> dict[str, Kpi]:
    return {one.key.kpi: kpis[one.key.kpi] for one in days}


def _surroundings(
    evaluation: Evaluation,
    kpis: Mapping[str, Kpi],
    primary: EvaluatedDay,
    anomalies: Sequence[EvaluatedDay],
) -> tuple[EvaluatedDay, ...]:
    """The other KPIs of the whole store that day: what moved too, and what did not."""
    anomalous = {one.key: one for one in anomalies}
    found = []
    for kpi in kpis:
        key = SeriesKey(primary.key.store_id, kpi, ALL, ALL)
        if key == primary.key:
            continue
        seen = anomalous.get(key) or evaluation.seen(key, primary.day)
        if seen is not None:
            found.append(seen)
    return primary_first(found, kpis)


def _money_at_stake(
    evaluation: Evaluation, primary: EvaluatedDay, kpis: Mapping[str, Kpi]
) -> float:
    """Money that the same store or slice was expected to take and did not, or gave back."""
    key = primary.key
    money = evaluation.seen(
        SeriesKey(key.store_id, MONEY_KPI, key.dimension, key.member), primary.day
    )
    # Money inside its expected range is chance, not loss.
    is_missing = money is not None and primary.is_bad and money.value < money.lower
    missing = money.expected - money.value if money and is_missing else 0.0
    kpi = kpis[key.kpi]
    if kpi.unit == "money" and kpi.kind == "sum" and primary.is_bad:
        missing = max(missing, abs(primary.value - primary.expected))
    return missing


def _severity(evaluation: Evaluation, primary: EvaluatedDay, stake: float) -> Severity:
    whole = evaluation.seen(SeriesKey(primary.key.store_id, MONEY_KPI, ALL, ALL), primary.day)
    if whole is None or not whole.expected:
        return "medium"
    return "high" if stake >= HIGH_SHARE_OF_DAY * whole.expected else "medium"


def _without_duplicates(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Keep each piece of evidence once: the same visits are missing in every dimension."""
    distinct = {(one.kind, str(sorted(one.values.items(), key=str))): one for one in evidence}
    return tuple(distinct.values())


def _history(evaluation: Evaluation, key: SeriesKey, day: date) -> History:
    panel, row = evaluation.panel, evaluation.rows[key]
    last = panel.column_of(day)
    columns = range(max(0, last - HISTORY_DAYS + 1), last + 1)
    return History(
        first_day=day - timedelta(days=len(columns) - 1),
        values=tuple(_known(panel.values[row], columns)),
        lower=tuple(_known(evaluation.band.lower[row], columns)),
        upper=tuple(_known(evaluation.band.upper[row], columns)),
    )


def _known(numbers: np.ndarray, columns: range) -> Iterator[float | None]:
    for column in columns:
        yield None if np.isnan(numbers[column]) else float(numbers[column])
