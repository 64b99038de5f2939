"""Short mails that are not about an incident: written to the outbox first, then sent.

An incident's mails have a ledger and threads (`storepulse.alert`). A notice is told once, whatever
comes of it: its file in the outbox says that it was.
"""

import logging
import smtplib
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path

from storepulse.lake import alone, written_aside
from storepulse.settings import Settings
from storepulse.smtp import MAIL_IS_NEWS_FOR, connected, reason

logger = logging.getLogger(__name__)


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
        DiskFull: there was no room for the file.
    """
    with written_aside(place) as aside:
        aside.write_bytes(message.as_bytes())
    send_pending(settings, place.parent)


def send_pending(settings: Settings, folder: Path) -> None:
    """Send the mails of a folder that were not sent yet and are news; none without an SMTP host.

    What was sent has an empty `.sent` file beside it. A run that dies between the two sends its
    mail again: told twice is better than never. That the server is away is logged only: the mails
    stay, and go with the next call.
    """
    if settings.smtp_host is None or not folder.is_dir():
        return
    with alone(folder / "sending.lock", settings, f"sending mails of {folder}"):
        waiting = [mail for mail in sorted(folder.glob("*.eml")) if _is_to_be_sent(mail)]
        if not waiting:
            return
        try:
            with connected(settings) as server:
                for mail in waiting:
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
