"""Short mails that are not about an incident: written to the outbox first, then sent.

An incident's mails have a ledger and threads (`storepulse.alert`). A notice is told once, whatever
comes of it: its file in the outbox says that it was.
"""

import logging
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path

from storepulse.lake import written_aside
from storepulse.settings import Settings
from storepulse.smtp import connected, reason

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
    """Write a mail to its place, and send it when SMTP is configured.

    That it could not be sent is logged only, and the file stays.

    Raises:
        DiskFull: there was no room for the file.
    """
    with written_aside(place) as aside:
        aside.write_bytes(message.as_bytes())
    if settings.smtp_host:
        try:
            with connected(settings) as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("the mail stays in %s: %s", place, reason(error))
