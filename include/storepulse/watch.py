"""Watch the published KPIs: evaluate the new days, diagnose anomalies, notify people."""

import logging
from dataclasses import dataclass

from storepulse.monitor import alert_store
from storepulse.monitor.detect import evaluate
from storepulse.monitor.diagnose import explain
from storepulse.monitor.evaluated_days import days_evaluated
from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import Incident
from storepulse.notify.data_not_ready import mail_not_ready
from storepulse.notify.expired_list import mail_expired
from storepulse.notify.mailer import send_incidents
from storepulse.notify.outbox import write_planned
from storepulse.serving import catalog
from storepulse.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchResult:
    """What one run did.

    Attributes:
        days_evaluated: store days of which something could be evaluated for the first time.
        anomalies: series of those days that deserve attention.
        incidents: causes behind them.
        mails_written: files written to the outbox.
        mails_sent: mails that an SMTP server accepted.
        not_ready: store days about which supervisors were notified that numbers are not ready.
    """

    days_evaluated: int
    anomalies: int
    incidents: int
    mails_written: int
    mails_sent: int
    not_ready: int = 0


def watch(settings: Settings) -> WatchResult:
    """Evaluate every closed day once, and mail each incident once.

    Safe to run again at any time: an evaluated day is not evaluated again and a sent mail is not
    sent again. A mail that was not sent is sent, or is named in a list once it is too old.

    Raises:
        NothingPublished: there are no published marts yet.
        MailNotSent: the mails are in the outbox, but the SMTP server did not take them.
    """
    evaluated_before = alert_store.evaluated_until(settings)
    with alert_store.opened(settings) as db:
        done = days_evaluated(db)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        evaluation = evaluate(con, catalogue, evaluated_before, done)
        incidents = explain(con, catalogue, evaluation) if evaluation else []
        not_ready = mail_not_ready(settings, con, catalogue)
    if evaluation:
        alert_store.record(settings, evaluation, incidents, evaluated_before)
    written = write_planned(settings)
    sent = send_incidents(settings)
    mail_expired(settings)
    result = _counted(evaluation, incidents, written, sent, not_ready)
    logger.info("watched: %s", result)
    return result


def _counted(
    evaluation: Evaluation | None,
    incidents: list[Incident],
    written: int,
    sent: int,
    not_ready: int,
) -> WatchResult:
    days = evaluation.days if evaluation else ()
    return WatchResult(
        days_evaluated=len({(day.key.store_id, day.day) for day in days}),
        anomalies=len(evaluation.anomalies) if evaluation else 0,
        incidents=len(incidents),
        mails_written=written,
        mails_sent=sent,
        not_ready=not_ready,
    )
