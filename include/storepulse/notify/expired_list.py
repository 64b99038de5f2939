"""One mail that lists what expired, as soon as a mail server is there.

    outbox/expired/<list>.eml    with `.sent` beside it when a server took it over

A list never expires itself, and is sent at most once: what it lists is marked before the server is
given the text. A run that dies in that instant leaves `.sending`, of which nobody knows; the next
run says so and leaves it.
"""

import logging
import smtplib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from storepulse.i18n import Wording
from storepulse.lake.atomic import atomic_write
from storepulse.lake.locks import sending_lock
from storepulse.notify.expired_mails import Expired, to_engineers, to_supervisors
from storepulse.notify.incident_mail import templates
from storepulse.notify.notices import composed
from storepulse.notify.smtp import connected, reason
from storepulse.notify.task_failures import failures_folder
from storepulse.settings import Settings

logger = logging.getLogger(__name__)

# More are not read; the newest are shown, the others counted.
SHOWN = 50


def tell_expired(settings: Settings) -> int:
    """Send the lists of what expired, if a mail server is there. That none is, is logged only.

    Returns:
        How many lists a server took over.

    Raises:
        DiskFull: there was no room for a list.
        AnotherRunIsWriting: another run has been sending lists for longer than the settings allow.
    """
    if settings.smtp_host is None or not settings.outbox.is_dir():
        return 0
    folder, sent = settings.outbox / "expired", 0
    with sending_lock(settings, folder):
        for lost in folder.glob("*.sending"):
            logger.warning(
                "nobody knows whether %s arrived: the run died while it was handed over. It is "
                "not sent again; if the mailbox has none like it, forward the file by hand",
                lost.with_suffix(".eml"),
            )
            lost.rename(lost.with_suffix(".unsure"))
        for whom, expired, composed_list in (
            ("supervisors", to_supervisors(settings), _in_their_language),
            ("engineers", to_engineers(settings), _in_english),
        ):
            if expired.lines:
                place = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{whom}.eml"
                sent += _send(settings, place, composed_list(settings, expired), expired)
    return sent


def _send(settings: Settings, place: Path, message: EmailMessage, expired: Expired) -> bool:
    count = len(expired.lines)
    try:
        with connected(settings) as server:
            _hand_over(server, place, message, expired)
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("expired mails still to be listed: %d; %s", count, reason(error, settings))
        return False
    logger.info("expired mails listed in %s: %d", place, count)
    return True


def _hand_over(server: smtplib.SMTP, place: Path, message: EmailMessage, expired: Expired) -> None:
    with atomic_write(place) as temp:
        temp.write_bytes(message.as_bytes())
    sending = place.with_suffix(".sending")
    sending.touch()
    expired.list_in(place.name)
    try:
        server.send_message(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
        # It said no: nothing has arrived, and all of it is listed anew next time.
        expired.list_in(None)
        place.unlink()
        sending.unlink()
        raise
    sending.rename(place.with_suffix(".sent"))


def _in_their_language(settings: Settings, expired: Expired) -> EmailMessage:
    wording = Wording(settings.language)
    count = len(expired.lines)
    lines = _at_most(expired.lines, lambda more: wording.say("expired.more", count=more))
    said = {
        "language": wording.say("report.language"),
        "headline": wording.say("expired.headline", count=count),
        "lines": lines,
        "after": wording.say("expired.after"),
    }
    subject = wording.say("expired.subject", count=count)
    text = "\n\n".join([str(said["headline"]), "\n".join(lines), str(said["after"])]) + "\n"
    html = templates().get_template("not_ready.html").render(said)
    return composed(settings, expired.to, subject, text, html)


def _in_english(settings: Settings, expired: Expired) -> EmailMessage:
    count = len(expired.lines)
    lines = "\n".join(_at_most(expired.lines, lambda more: f"and {more} more"))
    return composed(
        settings,
        expired.to,
        f"mails about failures that were never sent: {count}",
        f"No mail server could be reached for three days, so these were never sent:\n\n{lines}\n\n"
        f"The mails lie in {failures_folder(settings)}.\n",
    )


def _at_most(lines: Sequence[str], more: Callable[[int], str]) -> list[str]:
    left = len(lines) - SHOWN
    return [*lines[:SHOWN], *([more(left)] if left > 0 else [])]
