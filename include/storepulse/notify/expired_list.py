"""One mail that lists what expired, as soon as a mail server is there.

A list is written, and what it lists is marked, only when a server is about to be given it: one that
waited would have to expire itself, or be followed by a second one.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from storepulse.i18n import Wording
from storepulse.lake.locks import sending_lock
from storepulse.monitor.alert_store import MailState
from storepulse.notify.expired_mails import Expired, to_engineers, to_supervisors
from storepulse.notify.incident_mail import templates
from storepulse.notify.mail_states import Mail, MarkedFiles
from storepulse.notify.mailer import (
    EXPIRED_OF_ENGINEERS,
    EXPIRED_OF_SUPERVISORS,
    FAILURE,
    composed,
    send,
)
from storepulse.settings import Settings

# More are not read; the newest are shown, the others counted.
SHOWN = 50


def mail_expired(settings: Settings) -> int:
    """Send the lists of what expired, if a mail server is there. A missing one is only logged.

    Returns:
        How many lists a server accepted.

    Raises:
        DiskFull: there was no room for a list.
        AnotherRunIsWriting: another run has been sending lists for longer than the settings allow.
    """
    if settings.smtp_host is None or not settings.outbox.is_dir():
        return 0
    folder, sent = EXPIRED_OF_SUPERVISORS.folder(settings), 0
    with sending_lock(settings, folder):
        for whom, kind, expired, in_words in (
            ("supervisors", EXPIRED_OF_SUPERVISORS, to_supervisors(settings), _in_their_language),
            ("engineers", EXPIRED_OF_ENGINEERS, to_engineers(settings), _in_english),
        ):
            place = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{whom}.eml"
            sent += send(settings, kind, _List(place, expired, partial(in_words, settings)))
    return sent


class _List(MarkedFiles):
    """A list that is to be sent, if there is anything to list; it has a file once it is."""

    def __init__(
        self, place: Path, expired: Expired, in_words: Callable[[Expired], EmailMessage]
    ) -> None:
        super().__init__(place.parent)
        self._place, self._expired, self._in_words = place, expired, in_words

    def mails(self, state: MailState) -> list[Mail]:
        """List this one as written, and those of earlier runs in other states."""
        if state != "written":
            return super().mails(state)
        if not self._expired.lines:
            return []
        return [Mail(self._place, datetime.now(UTC), self._in_words(self._expired).as_bytes())]

    def move(
        self, mail: Mail, states: tuple[MailState, MailState], note: str | None = None
    ) -> bool:
        """Write the list as it is sent; nothing is listed where the server refuses it."""
        if states == ("sending", "written"):
            # Nothing has arrived, and everything is listed again next time.
            self._expired.list_in(None)
            moved = super().move(mail, states, note)
            mail.place.unlink()
            return moved
        if states == ("written", "sending"):
            self.write(mail.place, mail.text or b"")
            moved = super().move(mail, states, note)
            self._expired.list_in(mail.place.name)
            return moved
        return super().move(mail, states, note)


def _in_their_language(settings: Settings, expired: Expired) -> EmailMessage:
    wording = Wording(settings.language)
    count = len(expired.lines)
    lines = _at_most(expired.lines, lambda more: wording.say("expired.more", count=more))
    view = {
        "language": wording.say("report.language"),
        "headline": wording.say("expired.headline", count=count),
        "lines": lines,
        "after": wording.say("expired.after"),
    }
    subject = wording.say("expired.subject", count=count)
    text = "\n\n".join([str(view["headline"]), "\n".join(lines), str(view["after"])]) + "\n"
    html = templates().get_template("not_ready.html").render(view)
    return composed(settings, EXPIRED_OF_SUPERVISORS, subject, text, html)


def _in_english(settings: Settings, expired: Expired) -> EmailMessage:
    count = len(expired.lines)
    lines = "\n".join(_at_most(expired.lines, lambda more: f"and {more} more"))
    return composed(
        settings,
        EXPIRED_OF_ENGINEERS,
        f"mails about failures that were never sent: {count}",
        f"No mail server could be reached for three days, so these were never sent:\n\n{lines}\n\n"
        f"The mails lie in {FAILURE.folder(settings)}.\n",
    )


def _at_most(lines: Sequence[str], more: Callable[[int], str]) -> list[str]:
    left = len(lines) - SHOWN
    return [*lines[:SHOWN], *([more(left)] if left > 0 else [])]
