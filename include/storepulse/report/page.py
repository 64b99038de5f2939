"""The report page, from the published marts and the alert store."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from storepulse.i18n import Wording, not_ready_sentences, sentences
from storepulse.lake.atomic import atomic_write
from storepulse.monitor import alert_store
from storepulse.monitor.records import ALL, EvaluatedDay
from storepulse.notify.expired_mails import to_supervisors
from storepulse.report.glossary import areas
from storepulse.report.pages import pages_lock, template
from storepulse.report.spark import sparkline
from storepulse.serving import catalog
from storepulse.serving.catalog import ANY_FEED, Catalogue, Kpi, Store
from storepulse.serving.readiness import days_not_ready, not_ready
from storepulse.settings import Settings

DAYS_SHOWN = 56
INCIDENTS_SHOWN = 20

_TEMPLATES = Path(__file__).parent / "templates"

Series = Mapping[tuple[str, str], Mapping[date, float | None]]


def write(settings: Settings) -> Path:
    """Write `report/index.html` and `glossary.html`: no outside requests, whole or not at all.

    Returns:
        Where the former is.

    Raises:
        NothingPublished: there are no published marts yet.
        AnotherRunIsWriting: another run does not get its pages finished in time.
    """
    wording = Wording(settings.language)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        series = _totals(con)
        glossary = areas(con)
        unready = {
            store.store_id: _not_ready(con, catalogue, store, wording)
            for store in catalogue.stores.values()
        }
    evaluated = alert_store.last_evaluated(settings)
    view = {
        "say": wording.say,
        "language": wording.say("report.language"),
        "made_of": wording.say("report.made_of", moment=_newest(catalogue)),
        "stores": [
            {
                **_store(store, catalogue, series, evaluated, wording),
                "not_ready": unready[store.store_id],
            }
            for store in catalogue.stores.values()
        ],
        "incidents": [
            _incident(reported, wording)
            for reported in alert_store.reported_incidents(settings, INCIDENTS_SHOWN)
        ],
        "expired": to_supervisors(settings).lines,
        "coverage": [_covered(row, wording) for row in sorted(catalogue.coverage.items())],
        "kpis": len(catalogue.kpis),
        "areas": glossary,
    }
    with pages_lock(settings.report, settings):
        for page in ("glossary.html", "index.html"):
            with atomic_write(settings.report / page) as temp:
                temp.write_text(template(_TEMPLATES, page).render(view), encoding="utf-8")
    return settings.report / "index.html"


def _totals(con: duckdb.DuckDBPyConnection) -> Series:
    """Store totals of the last weeks: (store, KPI) to day to value, None where not ready."""
    rows = con.execute(
        "select store_id, kpi, kpi_date, value::double from fct_kpi_daily where dimension = ? "
        "and kpi_date > (select max(kpi_date) from fct_kpi_daily) - cast(? as integer) "
        "order by kpi_date",
        [ALL, DAYS_SHOWN + 7],
    ).fetchall()
    series: dict[tuple[str, str], dict[date, float | None]] = {}
    unready = days_not_ready(con, min((day for _, _, day, _ in rows), default=date.max))
    for store, kpi, day, value in rows:
        is_ready = day not in unready.get((store, kpi), ())
        series.setdefault((store, kpi), {})[day] = value if is_ready else None
    return series


def _not_ready(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue, store: Store, wording: Wording
) -> list[str]:
    """Which KPIs are not ready on the newest day that has ended for the newest feed, and why."""
    day = catalogue.last_complete_day([ANY_FEED], store)
    if day is None:
        return []
    return not_ready_sentences(not_ready(con, catalogue, store.store_id, day), store, wording)


def _newest(catalogue: Catalogue) -> str:
    newest = max(catalogue.coverage.values(), default=None)
    return f"{newest:%Y-%m-%d %H:%M}" if newest else "–"


def _store(
    store: Store,
    catalogue: Catalogue,
    series: Series,
    evaluated: Sequence[EvaluatedDay],
    wording: Wording,
) -> dict[str, Any]:
    of_store = {one.key.kpi: one for one in evaluated if one.key.store_id == store.store_id}
    days = [one.day for one in of_store.values()]
    rows = [
        _kpi_row(kpi, store, catalogue, series, of_store.get(kpi.name), wording)
        for kpi in catalogue.kpis.values()
        if kpi.is_mailed
    ]
    return {
        "id": store.store_id,
        "name": store.name,
        "day": wording.weekday(max(days)) if days else wording.say("report.not_evaluated"),
        "about": wording.say(
            "report.timezone", timezone=wording.timezone(store.timezone), currency=store.currency
        ),
        "anomalies": sum(one.is_anomaly for one in of_store.values()),
        "rows": [row for row in rows if row],
    }


def _kpi_row(
    kpi: Kpi,
    store: Store,
    catalogue: Catalogue,
    series: Series,
    one: EvaluatedDay | None,
    wording: Wording,
) -> dict[str, Any] | None:
    """One line of a store's table; None when the KPI has no closed day with a value."""
    last = one.day if one else catalogue.last_closed_day(kpi, store)
    known = series.get((store.store_id, kpi.name), {})
    if last is None or known.get(last) is None:
        return None
    days = [last - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
    values = [known.get(day) for day in days]
    value = one.value if one else float(known[last] or 0)
    numbers = [number for number in values if number is not None]

    def written(number: float) -> str:
        return wording.value(kpi, number, store.currency, max(numbers, key=abs))

    name = kpi.title(wording.language)
    return {
        "name": name,
        "description": _description(kpi, wording),
        "value": written(value),
        "usual": f"{written(one.lower)} – {written(one.upper)}" if one else "",
        "change": wording.deviation(kpi, one.value, one.expected) if one else "",
        "tone": one.status if one else "unknown",
        "status": wording.say(f"statuses.{one.status}" if one else "report.not_evaluated"),
        "mark": _mark(one),
        "spark": sparkline(
            values,
            (one.lower, one.upper) if one else None,
            wording.say(
                "report.spark_alt",
                kpi=name,
                days=DAYS_SHOWN,
                low=written(min(numbers)),
                high=written(max(numbers)),
                last=written(value),
            ),
        ),
    }


def _mark(one: EvaluatedDay | None) -> str:
    """A sign next to the colour, for readers who cannot see colours."""
    if one is None:
        return "○"
    if one.status == "usual":
        return "●"
    return "▲" if one.score > 0 else "▼"


def _incident(reported: alert_store.ReportedIncident, wording: Wording) -> dict[str, str]:
    incident = reported.incident
    return {
        "id": incident.incident_id,
        "first": wording.weekday(incident.day),
        "last": wording.weekday(reported.last_day) if reported.last_day > incident.day else "",
        "store": incident.store.name,
        "severity": reported.severity,
        "severity_text": wording.say(f"severities.{reported.severity}"),
        "what": wording.joined(sentences(incident, wording)),
        "mail": wording.say(f"report.mail_states.{reported.mail_state}"),
    }


def _covered(row: tuple[tuple[str, str], datetime], wording: Wording) -> dict[str, str]:
    (source, feed), until = row
    return {"source": source, "feed": wording.feed(feed), "until": f"{until:%Y-%m-%d %H:%M} UTC"}


def _description(kpi: Kpi, wording: Wording) -> str:
    return kpi.description_zh if wording.language == "zh" else kpi.description_en
