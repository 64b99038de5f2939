"""An incident as a mail: HTML, plain text and one picture."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
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
    thread_sentence,
    worse_sentences,
)
from storepulse.monitor.dedup import worsenings
from storepulse.monitor.records import Contribution, Incident, JudgedDay
from storepulse.notify.chart import HEIGHT, WIDTH, draw
from storepulse.notify.runbook import checks_for
from storepulse.settings import Settings

# The other KPIs that still fit on a phone's second screen.
SURROUNDINGS_SHOWN = 8


@dataclass(frozen=True)
class MailStep:
    """One telling of an incident.

    Attributes:
        root: the incident as it was told first: it gives subject and thread.
        before: all that was told of it until now, oldest first; empty in the first mail.
        incident: the incident as it is now; the same as `root` in the first mail.
        step: `new`, `worse-<day>`, or `more-<day>` when more is known of it.
        planned_at: when it was decided to tell it, in UTC.
    """

    root: Incident
    before: tuple[Incident, ...]
    incident: Incident
    step: str
    planned_at: datetime


def compose(settings: Settings, mail: MailStep) -> bytes:
    """Write the mail of one step, ready for a file or an SMTP server.

    The same step always has the same Message-ID, so that a copy that comes twice by any way is
    recognised as one.
    """
    wording = Wording(settings.language)
    view = _view(settings, mail, wording)
    message = EmailMessage(policy=SMTP)
    _address(message, settings, mail, subject(mail.root, wording))
    mails = templates()
    message.set_content(mails.get_template("mail.txt").render(view))
    html = mails.get_template("mail.html").render(view)
    inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
    message.add_alternative(inliner.inline(html), subtype="html")
    page = cast("MIMEPart", message.get_body(("html",)))
    cid = f"<{view['chart_cid']}>"
    page.add_related(draw(mail.incident), "image", "png", cid=cid, disposition="inline")
    return message.as_bytes()


def message_id(settings: Settings, incident_id: str, step: str) -> str:
    """Name one step of an incident for mail programs; step `root` starts the thread."""
    return f"<{incident_id}.{step}@{_domain(settings)}>"


def recipients(settings: Settings) -> list[str]:
    """The plain addresses that get every mail."""
    return [address for _, address in getaddresses([settings.mail_to]) if address]


def _address(message: EmailMessage, settings: Settings, mail: MailStep, title: str) -> None:
    root = message_id(settings, mail.root.incident_id, "root")
    sender = getaddresses([settings.mail_from])[0]
    headers: Mapping[str, Any] = {
        "From": Address(display_name=sender[0] or "storepulse", addr_spec=sender[1]),
        "To": ", ".join(recipients(settings)),
        "Subject": title,
        "Date": format_datetime(mail.planned_at),
        "Message-ID": message_id(settings, mail.root.incident_id, mail.step),
        "In-Reply-To": root,
        "References": root,
        # No holiday answers, no loops.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"storepulse alerts <alerts.{_domain(settings)}>",
        "List-Unsubscribe": f"<mailto:{sender[1]}?subject=unsubscribe>",
        "X-Storepulse-Incident": f"{mail.root.incident_id} {mail.step}",
        "Importance": "high" if mail.incident.severity == "high" else "normal",
    }
    for name, value in headers.items():
        message[name] = value


def _domain(settings: Settings) -> str:
    return getaddresses([settings.mail_from])[0][1].rpartition("@")[2] or "localhost"


def _view(settings: Settings, mail: MailStep, wording: Wording) -> dict[str, Any]:
    """Everything the templates show, already in words."""
    incident = mail.incident
    kpi, one = incident.kpi, incident.primary
    told = _told(mail, wording)
    written = {
        name: wording.value(kpi, getattr(one, name), incident.store.currency, one.expected)
        for name in ("value", "expected", "lower", "upper")
    }
    return {
        "say": wording.say,
        "language": wording.say("report.language"),
        "severity": incident.severity,
        "headline": headline(incident, wording),
        "place": place_of(incident, wording),
        "day": wording.weekday(incident.day),
        "told": wording.joined(told),
        "preheader": told[0],
        "context": context_sentences(incident, wording),
        **written,
        **_chart(settings, incident, written, wording),
        "breakdown": _breakdown(incident, wording),
        "surroundings": [
            _surrounding(incident, other, wording)
            for other in incident.surroundings[:SURROUNDINGS_SHOWN]
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


def _told(mail: MailStep, wording: Wording) -> list[str]:
    told = sentences(mail.incident, wording)
    if not mail.before:
        return told
    worse = worse_sentences(worsenings(mail.incident, mail.before), mail.incident, wording)
    return [*worse, *told, thread_sentence(mail.root, wording)]


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
        kpi=incident.kpi.title(wording.language),
        first=wording.day(incident.history.first_day),
        last=wording.day(incident.day),
        **{name: written[name] for name in ("value", "lower", "upper")},
    )


def _chart_cid(settings: Settings, incident: Incident) -> str:
    name = hashlib.sha256(f"{incident.incident_id}{incident.day}".encode()).hexdigest()[:16]
    return f"chart.{name}@{_domain(settings)}"


def _breakdown(incident: Incident, wording: Wording) -> dict[str, Any] | None:
    breakdown = incident.breakdown
    if breakdown is None:
        return None
    dimension = wording.dimension(breakdown.dimension)
    return {
        "title": wording.say("mail.what_moved", dimension=dimension),
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


def _surrounding(incident: Incident, other: JudgedDay, wording: Wording) -> dict[str, str]:
    kpi, currency = incident.kpis[other.key.kpi], incident.store.currency
    status = other.status
    return {
        "name": kpi.title(wording.language),
        "value": wording.value(kpi, other.value, currency, other.upper),
        "lower": wording.value(kpi, other.lower, currency, other.upper),
        "upper": wording.value(kpi, other.upper, currency),
        "status": wording.say(f"statuses.{status}"),
        "mark": "●" if status == "usual" else ("▲" if other.score > 0 else "▼"),
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
