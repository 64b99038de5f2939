"""Mails that were not sent while they were news, because no mail server could be reached.

They are not sent late one by one, but listed: as soon as a server is there again, one mail lists
them (`storepulse.notify.expired_list`), one to supervisors and one to data engineers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from storepulse.i18n import Wording, headline, place_of
from storepulse.monitor import alert_store
from storepulse.notify.mail_states import Mail, MarkedFiles, list_in, read_mail
from storepulse.notify.mailer import FAILURE, NOT_READY
from storepulse.settings import Settings


@dataclass(frozen=True)
class Expired:
    """Mails to the same people that expired and that no list has named yet.

    Attributes:
        lines: what each mail was about, newest first, as those people read it.
        list_in: mark them as named by a list; with None, as not named after all.
    """

    lines: tuple[str, ...]
    list_in: Callable[[str | None], None]


def to_supervisors(settings: Settings) -> Expired:
    """Mails about incidents of the business, and about numbers that are not ready."""
    wording = Wording(settings.language)
    mails = _incidents(settings, about_data=False)
    files = MarkedFiles(NOT_READY.folder(settings)).expired()
    lines = [
        (
            mail.planned_at,
            wording.say(
                "expired.incident",
                day=wording.weekday(mail.incident.day),
                place=place_of(mail.incident, wording),
                what=headline(mail.incident, wording),
                severity=wording.within(wording.say(f"severities.{mail.incident.severity}")),
            ),
        )
        for mail in mails
    ]
    lines += [
        (
            file.written_at,
            wording.say(
                "expired.notice", day=wording.weekday(file.written_at), what=_subject(file)
            ),
        )
        for file in files
    ]

    def list_all_in(name: str | None) -> None:
        alert_store.list_expired(settings, mails, name)
        list_in(files, name)

    newest = sorted(lines, key=lambda line: line[0], reverse=True)
    return Expired(tuple(text for _, text in newest), list_all_in)


def to_engineers(settings: Settings) -> Expired:
    """Mails about steps that failed, about the data, and about incidents that are faults of it."""
    wording = Wording("en")
    mails = _incidents(settings, about_data=True)
    files = MarkedFiles(FAILURE.folder(settings)).expired()
    lines = [
        (mail.planned_at, f"{headline(mail.incident, wording)}, {place_of(mail.incident, wording)}")
        for mail in mails
    ]
    lines += [(file.written_at, _subject(file)) for file in files]

    def list_all_in(name: str | None) -> None:
        alert_store.list_expired(settings, mails, name)
        list_in(files, name)

    newest = sorted(lines, key=lambda line: line[0], reverse=True)
    return Expired(
        tuple(f"{moment:%Y-%m-%d %H:%M} UTC: {text}" for moment, text in newest), list_all_in
    )


def _incidents(settings: Settings, *, about_data: bool) -> list[alert_store.PlannedMail]:
    mails = alert_store.expired_mails(settings)
    return [mail for mail in mails if mail.incident.is_data_fault is about_data]


def _subject(mail: Mail) -> str:
    return str(read_mail(mail.place)["Subject"])
