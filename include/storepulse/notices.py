"""Short mails that are not about an incident: written to the outbox first, then sent.

An incident's mails have a ledger and threads (`storepulse.alert`). A notice is told once, whatever
comes of it: its file in the outbox says that it was.
"""

import logging
import os
import smtplib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path

from storepulse.errors import DiskFull
from storepulse.lake import alone, is_disk_full, written_aside
from storepulse.settings import Settings
from storepulse.smtp import MAIL_IS_NEWS_FOR, connected, reason

logger = logging.getLogger(__name__)

# A disk stays full for a while, and each attempt would send the same mail again.
PAST_THE_DISK_EVERY = timedelta(hours=1)


def composed(
    settings: Settings, to: str, subject: str, text: str, html: str | None = None
) -> EmailMessage:
    """Make a mail from us to the given addresses."""
    message = EmailMessage(policy=SMTP)
    sender = getaddresses([settings.mail_from])[0][1]
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def post(settings: Settings, place: Path, message: EmailMessage) -> None:
    """Write a mail to its place, and send what lies there unsent.

    Raises:
        DiskFull: there was no room for the file. Then the mail went straight to the mail server,
            where one is set and none went so within the hour.
    """
    mark = place.parent / ".disk_full"
    try:
        with written_aside(place) as aside:
            aside.write_bytes(message.as_bytes())
        if not mark.exists():
            # Made while there is room: to change its time needs none.
            mark.touch()
            os.utime(mark, (0, 0))
    except (DiskFull, OSError) as failure:
        if not isinstance(failure, DiskFull) and not is_disk_full(failure):
            raise
        _send_past_the_disk(settings, mark, message)
        raise DiskFull(str(failure)) from failure
    send_pending(settings, place.parent)


def _send_past_the_disk(settings: Settings, mark: Path, message: EmailMessage) -> None:
    now = datetime.now(UTC)
    with suppress(OSError):
        if now - datetime.fromtimestamp(mark.stat().st_mtime, UTC) < PAST_THE_DISK_EVERY:
            return
    if settings.smtp_host is None:
        logger.error("no room for the mail %r, and no SMTP host is set", message["Subject"])
        return
    if message["To"] == settings.failures_mail_to and (text := message.get_body(("plain",))):
        text.set_content(
            f"There is no room on the disk of {settings.home}: nothing is written any more, not "
            f"even this mail, which is sent at most hourly. Free space there.\n\n"
            f"{text.get_content()}"
        )
    try:
        with connected(settings) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as failure:
        logger.error("the mail %r is lost: %s", message["Subject"], reason(failure))
        return
    with suppress(OSError):
        mark.touch()


def waiting(settings: Settings, folder: Path) -> list[Path]:
    """List the mails of a folder that an SMTP server should have taken over and did not."""
    if settings.smtp_host is None or not folder.is_dir():
        return []
    return [mail for mail in sorted(folder.glob("*.eml")) if _is_to_be_sent(mail)]


def send_pending(settings: Settings, folder: Path) -> None:
    """Send the mails of a folder that were not sent yet and are news; none without an SMTP host.

    What was sent has an empty `.sent` file beside it. A run that dies between the two sends its
    mail again: told twice is better than never. That the server is away is logged only: the mails
    stay, and go with the next call.
    """
    if not waiting(settings, folder):
        return
    with alone(folder / "sending.lock", settings, f"sending mails of {folder}"):
        try:
            with connected(settings) as server:
                # Another run may have sent them meanwhile.
                for mail in waiting(settings, folder):
                    _send(server, mail)
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("the mail stays in %s: %s", folder, reason(error))


def _is_to_be_sent(mail: Path) -> bool:
    written = datetime.fromtimestamp(mail.stat().st_mtime, UTC)
    return not _mark(mail).exists() and datetime.now(UTC) - written <= MAIL_IS_NEWS_FOR


def _send(server: smtplib.SMTP, mail: Path) -> None:
    try:
        server.send_message(message_from_bytes(mail.read_bytes(), policy=SMTP))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        # One that the server does not want must not keep the others.
        logger.warning("the mail stays in %s: %s", mail, reason(refused))
    else:
        _mark(mail).touch()


def _mark(mail: Path) -> Path:
    return mail.with_suffix(".sent")
