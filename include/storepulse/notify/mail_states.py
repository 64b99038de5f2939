"""Which mails are written, sent, or given up: the states of a mail, and where they are kept.

    planned → written → sending → sent
                  │         └───→ unsure     the run died while the server had the text
                  └─────────────→ expired    no server took it while it was news

An incident's mail is planned by the transaction that records its evaluation, so its state is a row
of the alert store. The state of any other mail is a mark beside its file, because such a mail must
go out when the disk is full and not even SQLite can be opened.

    outbox/<day>-<incident>.eml     its state is in outbox/ledger.sqlite
    outbox/<folder>/<name>.eml      written; <name>.sent and so on are the marks of later states
    outbox/<folder>/<name>.expired  holds the name of the mail that lists it, nothing before
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol, cast

from storepulse.lake.atomic import atomic_write
from storepulse.monitor import alert_store
from storepulse.monitor.alert_store import MailState
from storepulse.settings import Settings

_MARKS: tuple[MailState, ...] = ("sending", "sent", "unsure", "expired")


@dataclass(frozen=True)
class Mail:
    """A mail in the outbox.

    Attributes:
        place: its file.
        written_at: aware; when it was news.
        text: of a mail that gets its file only when it is sent; otherwise None.
    """

    place: Path
    written_at: datetime
    text: bytes | None = None


class MailStates(Protocol):
    """The mails of one kind, and the state of each."""

    def mails(self, state: MailState) -> list[Mail]:
        """List the mails in one state, in the order in which they are sent."""

    def move(
        self, mail: Mail, states: tuple[MailState, MailState], note: str | None = None
    ) -> bool:
        """Move a mail from one state to the next; False when another run was faster."""


class AlertStoreStates:
    """Mails about incidents of the business, or of the data: rows of the alert store."""

    def __init__(self, settings: Settings, *, about_data: bool) -> None:
        self._settings, self._about_data = settings, about_data

    def mails(self, state: MailState) -> list[Mail]:
        """List the mails in one state, in the order in which they were planned."""
        with alert_store.opened(self._settings) as db:
            found = alert_store.mails_in(db, state)
        return [
            Mail(self._settings.outbox / mail.file_name, mail.planned_at)
            for mail in found
            if mail.incident.is_data_fault is self._about_data
        ]

    def move(
        self, mail: Mail, states: tuple[MailState, MailState], note: str | None = None
    ) -> bool:
        """Move a mail from one state to the next; the note is kept, and shown to nobody."""
        with alert_store.opened(self._settings) as db:
            return alert_store.move(db, mail.place.name, states, note)


class MarkedFiles:
    """All mails of a folder: marks beside their files. No `planned` mail has a file to mark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self, state: MailState) -> list[Mail]:
        """List the mails in one state, in the order of their names."""
        if state == "written":
            marked = {place.stem for mark in _MARKS for place in self.folder.glob(f"*.{mark}")}
            places = [mail for mail in self.folder.glob("*.eml") if mail.stem not in marked]
        else:
            places = [mark.with_suffix(".eml") for mark in self.folder.glob(f"*.{state}")]
        return [Mail(place, _written_at(place)) for place in sorted(places) if place.is_file()]

    def write(self, place: Path, text: bytes) -> None:
        """Write a mail. A clock that steps back may give it the name of an earlier one.

        Raises:
            DiskFull: there was no room.
        """
        # Marks go first: a run that died after the file would leave a new mail that looks sent.
        for state in _MARKS:
            _mark(place, state).unlink(missing_ok=True)
        with atomic_write(place) as temp:
            temp.write_bytes(text)

    def move(
        self,
        mail: Mail,
        states: tuple[MailState, MailState],
        note: str | None = None,
    ) -> bool:
        """Move a mail from one state to the next; a mark holds no note, as it needs no room."""
        before, after = states
        if before == "written":
            try:
                _mark(mail.place, after).touch(exist_ok=False)
            except FileExistsError:
                return False
        elif after == "written":
            _mark(mail.place, before).unlink()
        else:
            _mark(mail.place, before).rename(_mark(mail.place, after))
        return True

    def expired(self) -> list[Mail]:
        """List the expired mails that no list has named yet."""
        mails = self.mails("expired")
        return [mail for mail in mails if not _mark(mail.place, "expired").read_text("utf-8")]


def list_in(mails: Iterable[Mail], name: str | None) -> None:
    """Record which list names these expired mails; None when none does after all."""
    for mail in mails:
        _mark(mail.place, "expired").write_text(name or "", "utf-8")


def read_mail(place: Path) -> EmailMessage:
    """Read a mail's file."""
    return message_from_bytes(place.read_bytes(), policy=SMTP)


def _mark(place: Path, state: MailState) -> Path:
    return place.with_suffix(f".{state}")


def _written_at(place: Path) -> datetime:
    # The date in the mail, not of its file: a copy or a restored backup may be younger.
    date = read_mail(place)["Date"]
    if date is None or date.datetime is None:
        return datetime.fromtimestamp(place.stat().st_mtime, UTC)
    return cast("datetime", date.datetime)
