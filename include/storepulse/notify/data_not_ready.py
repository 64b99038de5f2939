"""Mail supervisors that a day's numbers are not ready: without it, silence would look like success.

One mail per store and day, once the newest feed is a usual window past the day's end and a mailed
KPI is still not ready: until then the other feeds of the same run may be on their way. Time is
measured by the data, never by the system clock.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb

from storepulse.i18n import Wording, data_fault_sentences, not_ready_sentences
from storepulse.monitor.records import Incident
from storepulse.notify.incident_mail import templates
from storepulse.notify.mailer import NOT_READY, composed, is_written, post, send_pending
from storepulse.serving.catalog import ANY_FEED, Catalogue, Store
from storepulse.serving.readiness import NotReady, not_ready
from storepulse.settings import Settings
from storepulse.windows import USUAL_LENGTH


def mail_not_ready(settings: Settings, con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> int:
    """Write, and send where SMTP is configured, what was not mailed yet.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail.
    """
    send_pending(settings, NOT_READY)
    wording, written = Wording(settings.language), 0
    for store, day, found in _found(con, catalogue):
        if found:
            lines = not_ready_sentences(found, store, wording)
            written += write_notice(settings, store, day, lines, wording.say("not_ready.after"))
    return written


def mail_data_fault(settings: Settings, incident: Incident) -> bool:
    """Notify supervisors which numbers of a day not to use, because its data is at fault.

    The incident itself goes to data engineers, who can correct it.

    Returns:
        Whether it was news.

    Raises:
        DiskFull: there was no room for the mail.
    """
    wording = Wording(settings.language)
    return write_notice(
        settings,
        incident.store,
        incident.day,
        data_fault_sentences(incident, wording),
        wording.say("not_ready.after_fault"),
        what="data-fault",
    )


def write_notice(
    settings: Settings,
    store: Store,
    day: date,
    lines: Sequence[str],
    after: str,
    what: str = "not-ready",
) -> bool:
    """Write that numbers of a store's day are not ready, unless that was already mailed.

    Args:
        settings: whom to write to, and in which language.
        store: whose numbers.
        day: of which business day.
        lines: why, a sentence each.
        after: what happens next.
        what: names the mail, of which a store's day has one of each name.

    Returns:
        Whether it was news.

    Raises:
        DiskFull: there was no room for the mail.
    """
    name = f"{day}-{store.store_id}-{what}"
    if is_written(settings, NOT_READY, name):
        return False
    wording = Wording(settings.language)
    view = {
        "language": wording.say("report.language"),
        "headline": wording.say("not_ready.headline", store=store.name, day=wording.weekday(day)),
        "lines": lines,
        "after": after,
    }
    subject = wording.say("not_ready.subject", store=store.name, day=wording.day(day))
    text = "\n\n".join([str(view["headline"]), "\n".join(lines), after]) + "\n"
    html = templates().get_template("not_ready.html").render(view)
    post(settings, NOT_READY, name, composed(settings, NOT_READY, subject, text, html))
    return True


def _found(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> Iterator[tuple[Store, date, tuple[NotReady, ...]]]:
    for store in catalogue.stores.values():
        day = catalogue.last_complete_day([ANY_FEED], store, after=USUAL_LENGTH)
        if day is not None:
            yield store, day, not_ready(con, catalogue, store.store_id, day)
