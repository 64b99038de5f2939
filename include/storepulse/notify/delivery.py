"""Hand written mails to the SMTP server, each once.

One run sends at a time: it holds `outbox/sending.lock`, which the system releases when the run
dies. So a mail found in state `sending` by the holder is one whose run died between giving the text
to the server and noting the answer; `storepulse.monitor.alert_store` has why it is not sent again.
"""

import logging
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import getaddresses
from sqlite3 import Connection

from storepulse.errors import MailNotSent
from storepulse.lake.locks import sending_lock
from storepulse.monitor.alert_store import PlannedMail, mails_in, move, opened
from storepulse.notify.incident_mail import recipients
from storepulse.notify.smtp import MAIL_IS_NEWS_FOR, connected, reason
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

_ACCEPTED = range(200, 300)


def send_pending(settings: Settings) -> int:
    """Send what is written and not sent yet. Without an SMTP host nothing is sent.

    Returns:
        How many mails the server took over.

    Raises:
        MailNotSent: the server is unreachable, not who it says it is, or refuses; what was not
            taken over stays in the outbox and is tried again by the next run.
        AnotherRunIsWriting: another run has been sending for longer than the settings allow.
    """
    if settings.smtp_host is None:
        return 0
    with sending_lock(settings, settings.outbox), opened(settings) as book:
        for lost in mails_in(book, "sending"):
            move(book, lost, ("sending", "unsure"), "the run died while the server had it")
            logger.warning(
                "nobody knows whether %s arrived: the run died while it was handed over. It is "
                "not sent again; if the mailbox has no %s, forward the file by hand",
                lost.file_name,
                lost.root.incident_id,
            )
        mails = list(_still_news(book, mails_in(book, "written")))
        return _send_all(settings, book, mails) if mails else 0


def _still_news(book: Connection, mails: list[PlannedMail]) -> Iterator[PlannedMail]:
    for mail in mails:
        if datetime.now(UTC) - mail.planned_at <= MAIL_IS_NEWS_FOR:
            yield mail
        else:
            move(book, mail, ("written", "expired"), "not sent within three days")
            logger.warning(
                "%s was not sent within %d days and is news no more; it is named in one mail with "
                "all others as soon as the mail server is there",
                mail.file_name,
                MAIL_IS_NEWS_FOR.days,
            )


def _send_all(settings: Settings, book: Connection, mails: list[PlannedMail]) -> int:
    sent = 0
    try:
        with connected(settings) as server:
            for mail in mails:
                sent += _send(settings, book, server, mail)
    except (OSError, smtplib.SMTPException) as failure:
        raise MailNotSent(
            f"{settings.smtp_host}:{settings.smtp_port} took over {sent} of {len(mails)} mail(s), "
            f"then: {reason(failure, settings)}. The rest stays in {settings.outbox} and is sent "
            f"by the next run; check the STOREPULSE_SMTP_* settings (host, port, security, CA "
            f"file, login)"
        ) from None
    return sent


def _send(settings: Settings, book: Connection, server: smtplib.SMTP, mail: PlannedMail) -> bool:
    """Hand one mail over; the ledger says `sending` only while the server has the text."""
    text = (settings.outbox / mail.file_name).read_bytes()
    _expect(server.mail(getaddresses([settings.mail_from])[0][1]))
    refused = [who for who in recipients(settings) if server.rcpt(who)[0] not in _ACCEPTED]
    if len(refused) == len(recipients(settings)):
        server.rset()
        raise smtplib.SMTPException(f"it refuses every recipient ({', '.join(refused)})")
    if not move(book, mail, ("written", "sending")):
        server.rset()
        return False
    code, answer = _data(server, text, book, mail)
    if code not in _ACCEPTED:
        move(book, mail, ("sending", "written"), f"refused with {code}")
        raise smtplib.SMTPDataError(code, answer)
    note = f"refused recipients: {', '.join(refused)}" if refused else None
    if note:
        logger.warning("%s: %s", mail.file_name, note)
    move(book, mail, ("sending", "sent"), note)
    logger.info("sent %s", mail.file_name)
    return True


def _data(
    server: smtplib.SMTP, text: bytes, book: Connection, mail: PlannedMail
) -> tuple[int, bytes]:
    try:
        return server.data(text)
    except smtplib.SMTPDataError as refused:
        # The server said no before it was given the text.
        move(book, mail, ("sending", "written"), f"refused with {refused.smtp_code}")
        raise


def _expect(reply: tuple[int, bytes]) -> None:
    if reply[0] not in _ACCEPTED:
        raise smtplib.SMTPResponseException(*reply)
