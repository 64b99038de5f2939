"""Check the pipeline against the wall clock: is everything as complete as it should be by now?

Everything else here goes by the time of the data, which stands still when no data arrives. Only
this module depends on the current time, which is an argument. Without it, silence would not mean
that all is well.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from storepulse.errors import DiskFull, MailNotSent, StorepulseError
from storepulse.notify import data_incident_mails
from storepulse.notify.expired_list import mail_expired
from storepulse.notify.expired_mails import to_engineers, to_supervisors
from storepulse.notify.mailer import (
    DATA_FAULT,
    FAILURE,
    INCIDENT,
    NOT_READY,
    send_incidents,
    waiting,
)
from storepulse.notify.overdue import mail_overdue
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

_PING_SECONDS = 10.0


@dataclass(frozen=True)
class WatchClockResult:
    """What one run did.

    Attributes:
        engineers: mails written to data engineers.
        supervisors: mails written to supervisors.
        pinged: the outside address accepted the ping; None where none is set, or mails wait unsent.
    """

    engineers: int
    supervisors: int
    pinged: bool | None


def check_pipeline(settings: Settings, now: datetime) -> WatchClockResult:
    """Mail data engineers and supervisors what is not as complete as it should be.

    Args:
        settings: which home to check.
        now: aware.

    Raises:
        DiskFull: there was no room for a mail; the first of each kind went straight to the mail
            server where one is set, at most once an hour.
        StorepulseError: a part could not be done: another run does not end, or the source cannot
            be read. The other parts were; of several failures, a full disk is raised first.
    """
    failures = list[StorepulseError]()
    engineers = _done(lambda: data_incident_mails.mail_data_incidents(settings, now), failures)
    supervisors = _done(lambda: mail_overdue(settings, now), failures)
    is_full = any(isinstance(failure, DiskFull) for failure in failures)
    # Without room not even the alert store can be opened.
    unsent = 0 if is_full else _done(lambda: _unsent(settings), failures)
    if failures:
        first = min(failures, key=lambda failure: not isinstance(failure, DiskFull))
        for failure in failures:
            if type(failure) is not type(first):
                logger.error("%s: %s", type(failure).__name__, failure)
        raise first
    if unsent:
        logger.warning("%d mails wait for the mail server", unsent)
    result = WatchClockResult(engineers, supervisors, None if unsent else ping(settings))
    logger.info("watched the clock: %s", result)
    return result


def _unsent(settings: Settings) -> int:
    """Send what waits for the mail server, list what expired, and count what waits on.

    Watching sends too, but only when something was published: a mail that the server missed then
    would wait for the next numbers, and expire where none come.
    """
    if settings.smtp_host is None:
        return 0
    try:
        send_incidents(settings)
    except MailNotSent as failure:
        logger.warning("%s", failure)
    mail_expired(settings)
    expired = [*to_supervisors(settings).lines, *to_engineers(settings).lines]
    kinds = (INCIDENT, DATA_FAULT, NOT_READY, FAILURE)
    mails = [mail for kind in kinds for mail in waiting(settings, kind)]
    return len(expired) + len(mails)


def ping(settings: Settings) -> bool | None:
    """Ping an outside monitor to show that this runs; a failed ping fails nothing.

    Returns:
        Whether the address accepted it; None where none is set.
    """
    if settings.ping_url is None:
        return None
    try:
        httpx.get(settings.ping_url, timeout=_PING_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
        # The address is a secret: whoever knows it can silence the alarm.
        logger.warning("STOREPULSE_PING_URL did not accept the ping: %s", type(failure).__name__)
        return False
    return True


def _done(part: Callable[[], int], failures: list[StorepulseError]) -> int:
    try:
        return part()
    except StorepulseError as failure:
        failures.append(failure)
        return 0
