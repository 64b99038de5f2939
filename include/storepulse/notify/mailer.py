"""The mailer: how each kind of mail is sent, what all have in their headers, and the sending.

Whoever has something to mail composes it here and posts it; `storepulse.notify.mail_states` has
where a mail is kept until a server took it, and for how long.
"""

import logging
import os
import smtplib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path

from storepulse.errors import DiskFull, MailNotSent
from storepulse.lake.atomic import is_disk_full
from storepulse.lake.locks import sending_lock
from storepulse.monitor.alert_store import MailState
from storepulse.notify.mail_states import AlertStoreStates, Mail, MailStates, MarkedFiles
from storepulse.notify.smtp import connected, reason
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

# Switching SMTP on must not send the outbox of last month.
MAIL_IS_NEWS_FOR = timedelta(days=3)
# A disk stays full for a while, and each attempt would send the same mail again.
PAST_THE_DISK_EVERY = timedelta(hours=1)

_ACCEPTED = range(200, 300)


@dataclass(frozen=True)
class Kind:
    """How one kind of mail is sent.

    Attributes:
        subfolder: where in the outbox its mails are.
        to: gives the people's addresses.
        at_most_once: a mail that was in the server's hands when a run died is not sent again, but
            `unsure`. Otherwise it is, so that it may arrive twice, and never not at all.
        raises: that not all could be sent is an error; otherwise it is logged. Either way what is
            left is sent by the next run.
        expires: a mail that no server took while it was news is listed instead of sent.
        past_the_disk: a mail for which there is no room is sent without having been written.
    """

    subfolder: str
    to: Callable[[Settings], str]
    at_most_once: bool
    raises: bool = False
    expires: bool = True
    past_the_disk: bool = False

    def folder(self, settings: Settings) -> Path:
        """Where its mails are."""
        return settings.outbox / self.subfolder


def _supervisors(settings: Settings) -> str:
    return settings.mail_to


def _engineers(settings: Settings) -> str:
    return settings.failures_mail_to


# A supervisor who gets an alert twice stops trusting all of them, and one that may be lost is still
# in the outbox and marked in the report.
INCIDENT = Kind("", _supervisors, at_most_once=True, raises=True)
# An incident whose numbers are wrong is for whoever can correct them; supervisors get a notice.
DATA_FAULT = Kind("", _engineers, at_most_once=True, raises=True)
# Numbers that are not ready. Silence would look like success.
NOT_READY = Kind("notices", _supervisors, at_most_once=False, past_the_disk=True)
# Task failures and data incidents. Whoever mails them is already answering a failure.
FAILURE = Kind("failures", _engineers, at_most_once=False, past_the_disk=True)
# Lists of what expired (`storepulse.notify.expired_list`).
EXPIRED_OF_SUPERVISORS = Kind("expired", _supervisors, at_most_once=True, expires=False)
EXPIRED_OF_ENGINEERS = Kind("expired", _engineers, at_most_once=True, expires=False)


def composed(
    settings: Settings,
    kind: Kind,
    subject: str,
    text: str,
    html: str | None = None,
    *,
    at: datetime | None = None,
    message_id: str | None = None,
) -> EmailMessage:
    """Make a mail from us to the people of its kind.

    Args:
        settings: who we and they are.
        kind: of the mail.
        subject: of the mail.
        text: as plain text.
        html: the same as a page.
        at: when it is news, aware; now if left out.
        message_id: what mail programs know it by, so that a copy that arrives twice is recognised
            as one; a new one if left out.
    """
    name, sender = getaddresses([settings.mail_from])[0]
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from if name else f"storepulse <{sender}>"
    message["To"] = ", ".join(_recipients(settings, kind))
    message["Subject"] = subject
    message["Date"] = format_datetime(at or datetime.now(UTC))
    message["Message-ID"] = message_id or make_msgid(domain=our_domain(settings))
    # No holiday answers, no loops.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def our_domain(settings: Settings) -> str:
    """The domain that our mails come from."""
    return getaddresses([settings.mail_from])[0][1].rpartition("@")[2] or "localhost"


def is_written(settings: Settings, kind: Kind, name: str) -> bool:
    """Return whether a mail of this name was posted, sent or not."""
    return _place(settings, kind, name).exists()


def post(settings: Settings, kind: Kind, name: str, message: EmailMessage) -> None:
    """Write a mail under a name, and send every unsent mail of its kind.

    Raises:
        DiskFull: there was no room for the file. Then a mail of a kind that goes past the disk went
            straight to the mail server, where one is set and none was sent that way within the
            hour.
        AnotherRunIsWriting: another run has been sending for longer than the settings allow.
    """
    folder = kind.folder(settings)
    mark = folder / ".disk_full"
    try:
        MarkedFiles(folder).write(_place(settings, kind, name), message.as_bytes())
        if not mark.exists():
            # Made while there is room: to change its time needs none.
            mark.touch()
            os.utime(mark, (0, 0))
    except (DiskFull, OSError) as failure:
        if not isinstance(failure, DiskFull) and not is_disk_full(failure):
            raise
        if kind.past_the_disk:
            _send_past_the_disk(settings, kind, mark, message)
        raise DiskFull(str(failure)) from failure
    send_pending(settings, kind)


def waiting(settings: Settings, kind: Kind) -> list[Mail]:
    """List the mails that an SMTP server has not accepted yet; none without one."""
    return [] if settings.smtp_host is None else _states(settings, kind).mails("written")


def send_pending(settings: Settings, kind: Kind) -> int:
    """Send what is written, not sent yet and news. Without an SMTP host nothing is sent.

    Returns:
        How many mails the server accepted.

    Raises:
        MailNotSent: the server is unreachable, fails certificate verification, or refuses, and the
            kind raises. What was not accepted stays and is tried again by the next run.
        AnotherRunIsWriting: another run has been sending for longer than the settings allow.
    """
    states = _states(settings, kind)
    # A folder without mails needs no lock, and no folder.
    if settings.smtp_host is None or not (states.mails("written") or states.mails("sending")):
        return 0
    with sending_lock(settings, kind.folder(settings)):
        return send(settings, kind, states)


def send_incidents(settings: Settings) -> int:
    """Send what is written about incidents, of the business and of the data, as `send_pending`.

    Returns:
        How many mails the server accepted.

    Raises:
        MailNotSent: not all could be sent; every one was tried.
        AnotherRunIsWriting: another run has been sending for longer than the settings allow.
    """
    sent, failures = 0, []
    for kind in (INCIDENT, DATA_FAULT):
        try:
            sent += send_pending(settings, kind)
        except MailNotSent as failure:
            failures.append(failure)
    if failures:
        raise failures[0]
    return sent


def send(settings: Settings, kind: Kind, states: MailStates) -> int:
    """Do what `send_pending` does, for a caller that holds the lock of the kind's folder.

    The system releases that lock when a run dies. So a mail found in state `sending` is one whose
    run died between giving the text to the server and noting the answer.
    """
    for lost in states.mails("sending"):
        states.move(lost, ("sending", "unsure"), "the run died while the server had it")
        logger.warning(
            "nobody knows whether %s arrived: the run died while it was handed over. It is not "
            "sent again; if the mailbox has none like it, forward the file by hand",
            lost.place,
        )
    mails = [mail for mail in states.mails("written") if not _is_past(kind, states, mail)]
    return _send_all(settings, kind, states, mails) if mails else 0


def _states(settings: Settings, kind: Kind) -> MailStates:
    if kind in {INCIDENT, DATA_FAULT}:
        return AlertStoreStates(settings, about_data=kind is DATA_FAULT)
    return MarkedFiles(kind.folder(settings))


def _place(settings: Settings, kind: Kind, name: str) -> Path:
    return kind.folder(settings) / f"{name}.eml"


def _recipients(settings: Settings, kind: Kind) -> list[str]:
    return [address for _, address in getaddresses([kind.to(settings)]) if address]


def _is_past(kind: Kind, states: MailStates, mail: Mail) -> bool:
    if not kind.expires or datetime.now(UTC) - mail.written_at <= MAIL_IS_NEWS_FOR:
        return False
    states.move(mail, ("written", "expired"), "not sent within three days")
    logger.warning(
        "%s was not sent within %d days and is too old now; one mail lists it with all others as "
        "soon as the mail server can be reached",
        mail.place,
        MAIL_IS_NEWS_FOR.days,
    )
    return True


def _send_all(settings: Settings, kind: Kind, states: MailStates, mails: list[Mail]) -> int:
    sent = 0
    failure: Exception | None = None
    try:
        with connected(settings) as server:
            for mail in mails:
                try:
                    sent += _hand_over(settings, kind, states, server, mail)
                except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refused:
                    # A mail that the server refuses must not block the others.
                    logger.warning("%s: %s", mail.place, reason(refused, settings))
                    failure = failure or refused
                    server.rset()
    except (OSError, smtplib.SMTPException) as broken:
        failure = failure or broken
    if failure is None:
        return sent
    message = (
        f"{settings.smtp_host}:{settings.smtp_port} accepted {sent} of {len(mails)} mail(s) in "
        f"{kind.folder(settings)}: {reason(failure, settings)}. The rest is sent by the next run; "
        f"check the STOREPULSE_SMTP_* settings (host, port, security, CA file, login)"
    )
    if kind.raises:
        raise MailNotSent(message)
    logger.warning("%s", message)
    return sent


def _hand_over(
    settings: Settings, kind: Kind, states: MailStates, server: smtplib.SMTP, mail: Mail
) -> bool:
    """Hand one mail over; `sending` is noted just before the server is given the text."""
    text = mail.text or mail.place.read_bytes()
    refused = _address(settings, kind, server)
    before: MailState = "sending" if kind.at_most_once else "written"
    if kind.at_most_once and not states.move(mail, ("written", before)):
        server.rset()
        return False
    try:
        _give(server, text)
    except smtplib.SMTPResponseException as answer:
        if kind.at_most_once:
            states.move(mail, ("sending", "written"), f"refused with {answer.smtp_code}")
        raise
    note = f"refused recipients: {', '.join(refused)}" if refused else None
    if note:
        logger.warning("%s: %s", mail.place, note)
    states.move(mail, (before, "sent"), note)
    logger.info("sent %s", mail.place)
    return True


def _address(settings: Settings, kind: Kind, server: smtplib.SMTP) -> list[str]:
    """Write sender and recipients on the envelope; return the recipients that were refused.

    By the settings, not by the mail: a wrong address that is corrected there is right at once.
    """
    _expect(server.mail(getaddresses([settings.mail_from])[0][1]))
    recipients = _recipients(settings, kind)
    answers = {who: server.rcpt(who) for who in recipients}
    refused = {who: answer for who, answer in answers.items() if answer[0] not in _ACCEPTED}
    if len(refused) == len(recipients):
        raise smtplib.SMTPRecipientsRefused(refused)
    return list(refused)


def _give(server: smtplib.SMTP, text: bytes) -> None:
    # Servers refuse the line ends of a file that was edited by hand.
    _expect(server.data(b"\r\n".join(text.splitlines())))


def _expect(answer: tuple[int, bytes]) -> None:
    if answer[0] not in _ACCEPTED:
        raise smtplib.SMTPResponseException(*answer)


def _send_past_the_disk(settings: Settings, kind: Kind, mark: Path, message: EmailMessage) -> None:
    now = datetime.now(UTC)
    with suppress(OSError):
        # A clock that stepped back puts the last one into the future; that must not be silence.
        if abs(now - datetime.fromtimestamp(mark.stat().st_mtime, UTC)) < PAST_THE_DISK_EVERY:
            return
    if settings.smtp_host is None:
        logger.error("no room for the mail %r, and no SMTP host is set", message["Subject"])
        return
    # Supervisors cannot free any.
    if kind is FAILURE and (text := message.get_body(("plain",))):
        text.set_content(
            f"There is no room on the disk of {settings.home}: nothing is written any more, not "
            f"even this mail, which is sent at most hourly. Free space there.\n\n"
            f"{text.get_content()}"
        )
    try:
        with connected(settings) as server:
            _address(settings, kind, server)
            _give(server, message.as_bytes())
    except (OSError, smtplib.SMTPException) as failure:
        logger.error("the mail %r is lost: %s", message["Subject"], reason(failure, settings))
        return
    with suppress(OSError):
        mark.touch()
