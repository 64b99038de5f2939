"""Watch the published KPIs: judge the days that are new, explain what is odd, tell people."""

import logging
from dataclasses import dataclass

from storepulse.monitor import alert_store
from storepulse.monitor.detect import judge
from storepulse.monitor.diagnose import explain
from storepulse.monitor.evaluated_days import days_judged
from storepulse.monitor.panel import Judgement
from storepulse.monitor.records import Incident
from storepulse.notify.data_not_ready import tell_not_ready
from storepulse.notify.delivery import send_pending
from storepulse.notify.expired_list import tell_expired
from storepulse.notify.outbox import write_planned
from storepulse.serving import catalog
from storepulse.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchResult:
    """What one run did.

    Attributes:
        days_judged: store days of which something could be judged for the first time.
        anomalies: series of those days that deserve attention.
        incidents: causes behind them.
        mails_written: files written to the outbox.
        mails_sent: mails an SMTP server took over.
        not_ready: store days of which supervisors were told that numbers are not ready.
    """

    days_judged: int
    anomalies: int
    incidents: int
    mails_written: int
    mails_sent: int
    not_ready: int = 0


def watch(settings: Settings) -> WatchResult:
    """Judge every closed day once, and mail once for each incident.

    Safe to run again at any time: a day that was judged is not judged again, a mail that was sent
    is not sent again, one that was not is, or is named in a list when it is news no more.

    Raises:
        NothingPublished: there are no published marts yet.
        MailNotSent: the mails are in the outbox, but the SMTP server did not take them.
    """
    judged_before = alert_store.judged_until(settings)
    with alert_store.opened(settings) as book:
        done = days_judged(book)
    with catalog.opened(settings) as con:
        catalogue = catalog.read_catalogue(con)
        judgement = judge(con, catalogue, judged_before, done)
        incidents = explain(con, catalogue, judgement) if judgement else []
        not_ready = tell_not_ready(settings, con, catalogue)
    if judgement:
        alert_store.record(settings, judgement, incidents, judged_before)
    written = write_planned(settings)
    sent = send_pending(settings)
    tell_expired(settings)
    result = _counted(judgement, incidents, written, sent, not_ready)
    logger.info("watched: %s", result)
    return result


def _counted(
    judgement: Judgement | None,
    incidents: list[Incident],
    written: int,
    sent: int,
    not_ready: int,
) -> WatchResult:
    days = judgement.days if judgement else ()
    return WatchResult(
        days_judged=len({(day.key.store_id, day.day) for day in days}),
        anomalies=len(judgement.anomalies) if judgement else 0,
        incidents=len(incidents),
        mails_written=written,
        mails_sent=sent,
        not_ready=not_ready,
    )
