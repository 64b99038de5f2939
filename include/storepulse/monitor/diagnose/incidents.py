"""From anomalies to incidents that can be told in a mail."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

import duckdb
import numpy as np

from storepulse.monitor.diagnose.attribution import break_down
from storepulse.monitor.diagnose.evidence import known_facts
from storepulse.monitor.diagnose.grouping import grouped, most_telling_first
from storepulse.monitor.panel import Judgement
from storepulse.monitor.records import (
    ALL,
    Fact,
    History,
    Incident,
    JudgedDay,
    SeriesKey,
    Severity,
)
from storepulse.serving.catalog import Catalogue, Kpi
from storepulse.serving.readiness import not_ready

# Eight weeks: every weekday eight times, and still one glance.
HISTORY_DAYS = 56
# The KPI that says what a day of a store is worth.
MONEY_KPI = "paid_gmv"
# A tenth of a day's money is worth a call before the first coffee.
HIGH_SHARE_OF_DAY = 0.10
# These facts say that the numbers are wrong rather than the business.
DATA_FAULTS = frozenset({"lost_tracking", "repeated_orders"})


def explain(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue, judgement: Judgement
) -> list[Incident]:
    """Make incidents of a run's anomalies, oldest day first.

    Args:
        con: the published marts.
        catalogue: what they mean.
        judgement: what the run found.
    """
    by_store_day = sorted(judgement.anomalies, key=_store_day)
    return [
        _incident(con, catalogue, judgement, group)
        for _, anomalies in groupby(by_store_day, key=_store_day)
        for group in grouped(list(anomalies), catalogue.kpis)
    ]


def _store_day(anomaly: JudgedDay) -> tuple[date, str]:
    return (anomaly.day, anomaly.key.store_id)


def _incident(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    judgement: Judgement,
    anomalies: tuple[JudgedDay, ...],
) -> Incident:
    primary = anomalies[0]
    key, day = primary.key, primary.day
    facts = known_facts(con, catalogue, judgement, anomalies)
    surroundings = _surroundings(judgement, catalogue.kpis, primary, anomalies)
    stake = _money_at_stake(judgement, primary, catalogue.kpis)
    return Incident(
        incident_id=incident_id(primary),
        store=catalogue.stores[key.store_id],
        day=day,
        kpis=_kpis_named(catalogue.kpis, (*anomalies, *surroundings)),
        primary=primary,
        anomalies=anomalies,
        surroundings=surroundings,
        severity=_severity(judgement, primary, stake),
        money_at_stake=stake,
        is_data_fault=any(fact.kind in DATA_FAULTS for fact in facts),
        breakdown=break_down(
            judgement,
            catalogue.kpis[key.kpi],
            key.store_id,
            day,
            None if key.is_total else key.dimension,
        ),
        facts=_without_doubles(facts),
        events=tuple(catalogue.events_on(key.store_id, day)),
        history=_history(judgement, key, day),
        not_ready=not_ready(con, catalogue, key.store_id, day),
    )


def incident_id(primary: JudgedDay) -> str:
    """Name an incident, always alike, safe in paths and headers."""
    key = primary.key
    parts = [key.store_id, key.kpi, *([] if key.is_total else [key.member]), f"{primary.day}"]
    name = "-".join(parts)
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "~" for c in name)[:120]


def _kpis_named(kpis: Mapping[str, Kpi], days: Sequence[JudgedDay]) -> dict[str, Kpi]:
    return {one.key.kpi: kpis[one.key.kpi] for one in days}


def _surroundings(
    judgement: Judgement,
    kpis: Mapping[str, Kpi],
    primary: JudgedDay,
    anomalies: Sequence[JudgedDay],
) -> tuple[JudgedDay, ...]:
    """The other KPIs of the whole store that day: what moved too, and what did not."""
    odd = {one.key: one for one in anomalies}
    found = []
    for kpi in kpis:
        key = SeriesKey(primary.key.store_id, kpi, ALL, ALL)
        if key == primary.key:
            continue
        seen = odd.get(key) or judgement.seen(key, primary.day)
        if seen is not None:
            found.append(seen)
    return most_telling_first(found, kpis)


def _money_at_stake(judgement: Judgement, primary: JudgedDay, kpis: Mapping[str, Kpi]) -> float:
    """Money that was expected of the same store or slice and did not come, or was given back."""
    key = primary.key
    money = judgement.seen(
        SeriesKey(key.store_id, MONEY_KPI, key.dimension, key.member), primary.day
    )
    # Money inside its usual range is chance, not loss.
    is_missing = money is not None and primary.is_bad and money.value < money.lower
    missing = money.expected - money.value if money and is_missing else 0.0
    kpi = kpis[key.kpi]
    if kpi.unit == "money" and kpi.kind == "sum" and primary.is_bad:
        missing = max(missing, abs(primary.value - primary.expected))
    return missing


def _severity(judgement: Judgement, primary: JudgedDay, stake: float) -> Severity:
    whole = judgement.seen(SeriesKey(primary.key.store_id, MONEY_KPI, ALL, ALL), primary.day)
    if whole is None or not whole.expected:
        return "medium"
    return "high" if stake >= HIGH_SHARE_OF_DAY * whole.expected else "medium"


def _without_doubles(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Keep one lost-tracking fact per slice: the same visits are missing in every dimension."""
    return tuple({(f.kind, str(sorted(f.values.items(), key=str))): f for f in facts}.values())


def _history(judgement: Judgement, key: SeriesKey, day: date) -> History:
    panel, row = judgement.panel, judgement.rows[key]
    last = panel.column_of(day)
    columns = range(max(0, last - HISTORY_DAYS + 1), last + 1)
    return History(
        first_day=day - timedelta(days=len(columns) - 1),
        values=tuple(_known(panel.values[row], columns)),
        lower=tuple(_known(judgement.band.lower[row], columns)),
        upper=tuple(_known(judgement.band.upper[row], columns)),
    )


def _known(numbers: np.ndarray, columns: range) -> Iterator[float | None]:
    for column in columns:
        yield None if np.isnan(numbers[column]) else float(numbers[column])
