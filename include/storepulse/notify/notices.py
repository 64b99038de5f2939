"""Short mails that are not about an incident: written to the outbox first, then sent.

An incident's mails have a ledger and threads (`storepulse.notify`). A notice is told once, whatever
comes of it: its file in the outbox says that it was.
"""

import logging
import os
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path
from typing import cast

from storepulse.errors import DiskFull
from storepulse.lake.atomic import atomic_write, is_disk_full
from storepulse.lake.locks import sending_lock
from storepulse.notify.smtp import MAIL_IS_NEWS_FOR, connected, reason
from storepulse.settings import Settings

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
        with atomic_write(place) as temp:
            temp.write_bytes(message.as_bytes())
        # A clock that steps back may give a mail the name of one that was sent.
        for state in (".sent", ".expired"):
            _mark(place, state).unlink(missing_ok=True)
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
        # A clock that stepped back puts the last one into the future; that must not be silence.
        if abs(now - datetime.fromtimestamp(mark.stat().st_mtime, UTC)) < PAST_THE_DISK_EVERY:
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
        logger.error("the mail %r is lost: %s", message["Subject"], reason(failure, settings))
        return
    with suppress(OSError):
        mark.touch()


def waiting(settings: Settings, folder: Path) -> list[Path]:
    """List the mails of a folder that an SMTP server should take over and did not yet."""
    if settings.smtp_host is None or not folder.is_dir():
        return []
    return [mail for mail in sorted(folder.glob("*.eml")) if _is_to_be_sent(mail)]


def send_pending(settings: Settings, folder: Path) -> None:
    """Send the mails of a folder that were not sent yet and are news; none without an SMTP host.

    What was sent has an empty `.sent` file beside it. A run that dies between the two sends its
    mail again: told twice is better than never. That the server is away is logged only: the mails
    stay, and go with the next call. One that is news no more gets an `.expired` file beside it, and
    is named in a list (`storepulse.notify.expired_mails`).
    """
    if not waiting(settings, folder):
        return
    with sending_lock(settings, folder):
        # Another run may have sent them meanwhile.
        news = [mail for mail in waiting(settings, folder) if not _is_past(mail)]
        if not news:
            return
        try:
            with connected(settings) as server:
                for mail in news:
                    _send(settings, server, mail)
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("the mail stays in %s: %s", folder, reason(error, settings))


def expired_in(folder: Path) -> list[tuple[Path, str, datetime]]:
    """List the mails of a folder that expired and that no list has named yet.

    Returns:
        Place, subject, and when each was written, UTC.
    """
    marks = [mark for mark in sorted(folder.glob("*.expired")) if not mark.read_text("utf-8")]
    places = [mark.with_suffix(".eml") for mark in marks]
    return [(place, str(_read(place)["Subject"]), _written_at(place)) for place in places]


def list_expired(places: Sequence[Path], name: str | None) -> None:
    """Note which list names these mails; None when none does after all."""
    for place in places:
        _mark(place, ".expired").write_text(name or "", "utf-8")


def notices_folder(settings: Settings) -> Path:
    """Where short mails to supervisors lie."""
    return settings.outbox / "notices"


def _is_to_be_sent(mail: Path) -> bool:
    return not (_mark(mail, ".sent").exists() or _mark(mail, ".expired").exists())


def _is_past(mail: Path) -> bool:
    if datetime.now(UTC) - _written_at(mail) <= MAIL_IS_NEWS_FOR:
        return False
    _mark(mail, ".expired").touch()
    logger.warning(
        "%s was not sent within %d days and is news no more; it is named in one mail with all "
        "others as soon as the mail server is there",
        mail,
        MAIL_IS_NEWS_FOR.days,
    )
    return True


def _written_at(mail: Path) -> datetime:
    # What the mail says, not its file: a copy or a restored backup may be younger.
    date = _read(mail)["Date"]
    if date is None or date.datetime is None:
        return datetime.fromtimestamp(mail.stat().st_mtime, UTC)
    return cast("datetime", date.datetime)


def _read(mail: Path) -> EmailMessage:
    return message_from_bytes(mail.read_bytes(), policy=SMTP)


def _send(settings: Settings, server: smtplib.SMTP, mail: Path) -> None:
    try:
        server.send_message(_read(mail))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as refused:
        # One that the server does not want must not keep the others.
        logger.warning("the mail stays in %s: %s", mail, reason(refused, settings))
    else:
        _mark(mail, ".sent").touch()


def _mark(mail: Path, state: str) -> Path:
    return mail.with_suffix(state)
