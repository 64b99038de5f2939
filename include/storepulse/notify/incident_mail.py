"""An incident as a mail: HTML, plain text and one picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any, cast

import css_inline
from jinja2 import Environment, FileSystemLoader, select_autoescape

from storepulse.i18n import (
    Wording,
    context_sentences,
    headline,
    not_ready_sentences,
    place_of,
    sentences,
    subject,
    tag,
    thread_sentence,
    worse_sentences,
)
from storepulse.monitor.dedup import worsenings
from storepulse.monitor.records import Contribution, EvaluatedDay, Incident
from storepulse.notify.chart import HEIGHT, WIDTH, draw
from storepulse.notify.mailer import DATA_FAULT, INCIDENT, composed, our_domain
from storepulse.notify.runbook import checks_for
from storepulse.settings import Settings

# The other KPIs that still fit on a phone's second screen.
SURROUNDINGS_SHOWN = 8


@dataclass(frozen=True)
class MailStep:
    """One notification of an incident.

    Attributes:
        root: the incident as first notified: it gives subject and thread.
        before: its earlier notifications, oldest first; empty in the first mail.
        incident: the incident as it is now; the same as `root` in the first mail.
        step: `new`, `worse-<day>`, or `more-<day>` when more is known of it.
        planned_at: when the mail was planned, in UTC.
    """

    root: Incident
    before: tuple[Incident, ...]
    incident: Incident
    step: str
    planned_at: datetime


def compose(settings: Settings, mail: MailStep) -> bytes:
    """Write the mail of one step, ready for a file or an SMTP server.

    The same step always has the same Message-ID, so that a copy that arrives twice is
    recognised as one.
    """
    wording = Wording(settings.language)
    view = _view(settings, mail, wording)
    mails = templates()
    html = mails.get_template("mail.html").render(view)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    message = composed(
        settings,
        DATA_FAULT if mail.incident.is_data_fault else INCIDENT,
        subject(mail.root, wording),
        mails.get_template("mail.txt").render(view),
        inliner.inline(html),
        at=mail.planned_at,
        message_id=message_id(settings, mail.root.incident_id, mail.step),
    )
    _thread(message, settings, mail)
    page = cast("MIMEPart", message.get_body(("html",)))
    cid = f"<{view['chart_cid']}>"
    page.add_related(draw(mail.incident), "image", "png", cid=cid, disposition="inline")
    return message.as_bytes()


def message_id(settings: Settings, incident_id: str, step: str) -> str:
    """Name one step of an incident for mail programs; step `root` starts the thread."""
    return f"<{incident_id}.{step}@{our_domain(settings)}>"


def _thread(message: EmailMessage, settings: Settings, mail: MailStep) -> None:
    root = message_id(settings, mail.root.incident_id, "root")
    sender = message["From"].addresses[0].addr_spec
    headers = {
        "In-Reply-To": root,
        "References": root,
        "List-Id": f"storepulse alerts <alerts.{our_domain(settings)}>",
        "List-Unsubscribe": f"<mailto:{sender}?subject=unsubscribe>",
        "X-Storepulse-Incident": f"{mail.root.incident_id} {mail.step}",
        "Importance": "high" if mail.incident.severity == "high" else "normal",
    }
    for name, value in headers.items():
        message[name] = value


def _view(settings: Settings, mail: MailStep, wording: Wording) -> dict[str, Any]:
    """Everything the templates show, already in words."""
    incident = mail.incident
    kpi, one = incident.lead_kpi, incident.lead
    summary = _summary(mail, wording)
    written = {
        name: wording.value(kpi, getattr(one, name), incident.store.currency, one.expected)
        for name in ("value", "expected", "lower", "upper")
    }
    return {
        "say": wording.say,
        "language": wording.say("report.language"),
        "severity": incident.severity,
        "tag": tag(incident, wording),
        "headline": headline(incident, wording),
        "place": place_of(incident, wording),
        "day": wording.weekday(incident.day),
        "summary": wording.joined(summary),
        "preheader": summary[0],
        "context": context_sentences(incident, wording),
        **written,
        **_chart(settings, incident, written, wording),
        "breakdown": _breakdown(incident, wording),
        "surroundings": [
            _surrounding(incident, other, wording) for other in _whole_store(incident)
        ],
        "not_ready": not_ready_sentences(incident.not_ready, incident.store, wording),
        "checks": checks_for(incident, wording.language),
        "report_url": settings.report_url,
        "why": wording.say(
            "mail.why",
            day=wording.day(incident.day),
            timezone=wording.timezone(incident.store.timezone),
        ),
        "definition": wording.say(
            "mail.definition",
            kpi=kpi.title(wording.language),
            description=kpi.description_zh if wording.language == "zh" else kpi.description_en,
        ),
        "incident_id": incident.incident_id,
    }


def _whole_store(incident: Incident) -> list[EvaluatedDay]:
    """The KPIs of the whole store; the primary one first unless the mail leads with it."""
    primary, lead = incident.primary, incident.lead
    is_shown = primary.key == lead.key or not primary.key.is_total
    return [*([] if is_shown else [primary]), *incident.surroundings[:SURROUNDINGS_SHOWN]]


def _summary(mail: MailStep, wording: Wording) -> list[str]:
    now = sentences(mail.incident, wording)
    if not mail.before:
        return now
    worse = worse_sentences(worsenings(mail.incident, mail.before), mail.incident, wording)
    return [*worse, *now, thread_sentence(mail.root, wording)]


def _chart(
    settings: Settings, incident: Incident, written: Mapping[str, str], wording: Wording
) -> dict[str, Any]:
    return {
        "chart_cid": _chart_cid(settings, incident),
        "chart_alt": _chart_alt(incident, written, wording),
        "chart_size": (WIDTH // 2, HEIGHT // 2),
    }


def _chart_alt(incident: Incident, written: Mapping[str, str], wording: Wording) -> str:
    return wording.say(
        "mail.chart_alt",
        kpi=incident.lead_kpi.title(wording.language),
        first=wording.day(incident.history.first_day),
        last=wording.day(incident.day),
        **{name: written[name] for name in ("value", "lower", "upper")},
    )


def _chart_cid(settings: Settings, incident: Incident) -> str:
    name = hashlib.sha256(f"{incident.incident_id}{incident.day}".encode()).hexdigest()[:16]
    return f"chart.{name}@{our_domain(settings)}"


def _breakdown(incident: Incident, wording: Wording) -> dict[str, Any] | None:
    breakdown = incident.breakdown
    if breakdown is None:
        return None
    dimension = wording.dimension(breakdown.dimension)
    return {
        "title": wording.say(
            "mail.what_moved",
            kpi=wording.within(incident.kpi.title(wording.language)),
            dimension=dimension,
        ),
        "is_sum": incident.kpi.kind != "ratio",
        "has_parts": any(row.percent is not None for row in breakdown.rows),
        "rows": [_line(incident, row, wording) for row in breakdown.rows],
        "whole": _line(incident, breakdown.whole, wording) if breakdown.whole else None,
    }


def _line(incident: Incident, row: Contribution, wording: Wording) -> dict[str, Any]:
    def written(number: float | None) -> str:
        return "" if number is None else _like_the_whole(incident, number, wording)

    name = wording.say("mail.everything_else") if row.member is None else wording.member(row.member)
    return {
        "name": name,
        "value": written(row.value),
        "expected": written(row.expected),
        "change": _signed(incident, row.change, wording),
        "part": "" if row.percent is None else wording.percent(row.percent / 100),
        "bar": max(0, min(row.percent or 0, 100)),
    }


def _signed(incident: Incident, number: float, wording: Wording) -> str:
    return ("+" if number > 0 else "") + _like_the_whole(incident, number, wording)


def _like_the_whole(incident: Incident, number: float, wording: Wording) -> str:
    whole = incident.primary.expected
    return wording.value(incident.kpi, number, incident.store.currency, whole)


def _surrounding(incident: Incident, other: EvaluatedDay, wording: Wording) -> dict[str, str]:
    kpi, currency = incident.kpis[other.key.kpi], incident.store.currency
    status = other.status
    return {
        "name": kpi.title(wording.language),
        **{
            name: wording.value(kpi, getattr(other, name), currency, other.upper)
            for name in ("value", "expected", "lower", "upper")
        },
        "change": wording.deviation(kpi, other.value, other.expected),
        "status": wording.say(f"statuses.{status}"),
        "mark": "●" if status == "usual" else ("▲" if other.value > other.expected else "▼"),
        "tone": status,
    }


def templates() -> Environment:
    """The mails' templates; what is put into HTML is escaped."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
