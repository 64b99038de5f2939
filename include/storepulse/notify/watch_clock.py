"""Look at the pipeline by the clock: is everything as far as it should be by now?

Everything else here goes by the data's own clock, which stands still when nothing comes in any
more. This alone asks what time it is, and is given the answer. Silence could mean that all is well
only because somebody would have spoken.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from storepulse.errors import DiskFull, MailNotSent, StorepulseError
from storepulse.monitor import alert_store
from storepulse.notify import data_incident_mails
from storepulse.notify.delivery import send_pending
from storepulse.notify.expired_list import tell_expired
from storepulse.notify.expired_mails import to_engineers, to_supervisors
from storepulse.notify.notices import notices_folder, waiting
from storepulse.notify.overdue import tell_overdue
from storepulse.notify.task_failures import failures_folder
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

_PING_SECONDS = 10.0


@dataclass(frozen=True)
class Looked:
    """What one look did.

    Attributes:
        engineers: mails written to data engineers.
        supervisors: mails written to supervisors.
        pinged: the address outside took note of it; None where none is set, or mails wait unsent.
    """

    engineers: int
    supervisors: int
    pinged: bool | None


def look(settings: Settings, now: datetime) -> Looked:
    """Tell data engineers and supervisors what is not as far as it should be.

    Args:
        settings: whose home is looked over.
        now: aware.

    Raises:
        DiskFull: there was no room for a mail; the first of each kind went straight to the mail
            server where one is set, at most once an hour.
        StorepulseError: a part could not be done: another look does not end, or the source cannot
            be read. The other parts were; with several failures, a full disk is raised first.
    """
    failures = list[StorepulseError]()
    engineers = _done(lambda: data_incident_mails.tell(settings, now), failures)
    supervisors = _done(lambda: tell_overdue(settings, now), failures)
    is_full = any(isinstance(failure, DiskFull) for failure in failures)
    # Without room not even the ledger of alerts can be opened.
    unsent = 0 if is_full else _done(lambda: _unsent(settings), failures)
    if failures:
        first = min(failures, key=lambda failure: not isinstance(failure, DiskFull))
        for failure in failures:
            if type(failure) is not type(first):
                logger.error("%s: %s", type(failure).__name__, failure)
        raise first
    if unsent:
        logger.warning("%d mails wait for the mail server", unsent)
    result = Looked(engineers, supervisors, None if unsent else ping(settings))
    logger.info("looked at the clock: %s", result)
    return result


def _unsent(settings: Settings) -> int:
    """Send what waits for the mail server, list what expired, and count what waits on.

    Watching sends too, but only when something was published: a mail that the server missed then
    would wait for the next numbers, and expire where none come.
    """
    if settings.smtp_host is None:
        return 0
    try:
        send_pending(settings)
    except MailNotSent as failure:
        logger.warning("%s", failure)
    tell_expired(settings)
    notices = [
        mail
        for folder in (failures_folder(settings), notices_folder(settings))
        for mail in waiting(settings, folder)
    ]
    expired = [*to_supervisors(settings).lines, *to_engineers(settings).lines]
    return alert_store.waiting_mails(settings) + len(notices) + len(expired)


def ping(settings: Settings) -> bool | None:
    """Let somebody outside know that somebody looks here; what becomes of it fails nothing.

    Returns:
        Whether the address took note; None where none is set.
    """
    if settings.ping_url is None:
        return None
    try:
        httpx.get(settings.ping_url, timeout=_PING_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as failure:
        # The address is as good as a password to whoever may silence the alarm.
        logger.warning("STOREPULSE_PING_URL did not take note: %s", type(failure).__name__)
        return False
    return True


def _done(part: Callable[[], int], failures: list[StorepulseError]) -> int:
    try:
        return part()
    except StorepulseError as failure:
        failures.append(failure)
        return 0
