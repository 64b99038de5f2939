"""Mails that were not sent while they were news, because no mail server could be reached.

They are not sent late one by one, but they are told: as soon as a server is there again, one mail
lists them (`storepulse.notify.expired_list`), one to supervisors and one to data engineers.

    outbox/ledger.sqlite            an incident's mail is `expired`; `listed_in` says by which list
    outbox/<folder>/<name>.expired  beside any other mail; it says so too, and is empty before
"""

from collections.abc import Callable
from dataclasses import dataclass

from storepulse.i18n import Wording, headline, place_of
from storepulse.monitor import alert_store
from storepulse.notify import notices
from storepulse.notify.notices import notices_folder
from storepulse.notify.task_failures import failures_folder
from storepulse.settings import Settings


@dataclass(frozen=True)
class Expired:
    """Mails to the same people that expired and that no list has named yet.

    Attributes:
        to: the people's addresses.
        lines: what each mail was about, newest first, as those people read it.
        list_in: mark them as named by a list; with None, as not named after all.
    """

    to: str
    lines: tuple[str, ...]
    list_in: Callable[[str | None], None]


def to_supervisors(settings: Settings) -> Expired:
    """Mails about incidents, and about numbers that are not ready."""
    wording = Wording(settings.language)
    mails = alert_store.expired_mails(settings)
    files = notices.expired_in(notices_folder(settings))
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
        (written_at, wording.say("expired.notice", day=wording.weekday(written_at), what=subject))
        for _, subject, written_at in files
    ]

    def list_in(name: str | None) -> None:
        alert_store.list_expired(settings, mails, name)
        notices.list_expired([place for place, *_ in files], name)

    newest = sorted(lines, key=lambda line: line[0], reverse=True)
    return Expired(settings.mail_to, tuple(text for _, text in newest), list_in)


def to_engineers(settings: Settings) -> Expired:
    """Mails about steps that failed and about the data itself."""
    files = notices.expired_in(failures_folder(settings))
    newest = sorted(files, key=lambda file: file[2], reverse=True)
    return Expired(
        settings.failures_mail_to,
        tuple(f"{written_at:%Y-%m-%d %H:%M} UTC: {what}" for _, what, written_at in newest),
        lambda name: notices.list_expired([place for place, *_ in files], name),
    )
