"""From anomalies to incidents, each of which becomes a mail."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

import duckdb
import numpy as np

from storepulse.monitor.diagnose.attribution import break_down
from storepulse.monitor.diagnose.evidence import collect_evidence
from storepulse.monitor.diagnose.grouping import grouped, primary_first
from storepulse.monitor.diagnose.money import MONEY_KPI, money_of, severity_of
from storepulse.monitor.panel import HOLIDAY, PROMOTION, Evaluation
from storepulse.monitor.records import (
    ALL,
    DATA_FAULTS,
    EvaluatedDay,
    Evidence,
    History,
    Incident,
    SeriesKey,
)
from storepulse.serving.catalog import CalendarEvent, Catalogue, Kpi
from storepulse.serving.readiness import not_ready

# Eight weeks: every weekday eight times, and still one glance.
HISTORY_DAYS = 56


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
    whole = SeriesKey(key.store_id, MONEY_KPI, ALL, ALL)
    evidence = collect_evidence(con, catalogue, evaluation, anomalies)
    surroundings = _surroundings(evaluation, catalogue.kpis, primary, anomalies)
    is_data_fault = any(one.kind in DATA_FAULTS for one in evidence)
    # Wrong numbers mean nothing in money.
    money = None if is_data_fault else money_of(evaluation, anomalies, catalogue.kpis)
    lead = money.carrier if money else primary
    return Incident(
        incident_id=incident_id(primary),
        store=catalogue.stores[key.store_id],
        day=day,
        kpis=_kpis_named(catalogue.kpis, (*anomalies, *surroundings, lead)),
        primary=primary,
        anomalies=anomalies,
        surroundings=surroundings,
        severity=severity_of(money, evaluation.seen(whole, day)),
        # Money that may be chance is no reason for another mail.
        money_at_stake=money.amount if money and money.low else 0.0,
        is_data_fault=is_data_fault,
        breakdown=break_down(
            evaluation,
            catalogue.kpis[key.kpi],
            key.store_id,
            day,
            None if key.is_total else key.dimension,
        ),
        evidence=_without_duplicates(evidence),
        events=tuple(catalogue.events_on(key.store_id, day)),
        history=_history(evaluation, lead.key, day),
        not_ready=not_ready(con, catalogue, key.store_id, day),
        money=money,
        next_to=tuple(_next_to(catalogue, key.store_id, day)),
    )


def _next_to(catalogue: Catalogue, store_id: str, day: date) -> Iterator[CalendarEvent]:
    """Special days of the day before or after that are over, or have not begun, on this one."""
    for near in (day - timedelta(days=1), day + timedelta(days=1)):
        for event in catalogue.events_on(store_id, near):
            if event.is_a_day_apart and not event.covers(store_id, day):
                yield event


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
        expected=tuple(_known(evaluation.band.center[row], columns)),
        special_days=tuple(
            panel.day_of(column)
            for column in columns
            if panel.events[row, column] in {PROMOTION, HOLIDAY}
        ),
    )


def _known(numbers: np.ndarray, columns: range) -> Iterator[float | None]:
    for column in columns:
        yield None if np.isnan(numbers[column]) else float(numbers[column])
