"""Tell supervisors that a day's numbers are not ready, since silence could mean that all is well.

One mail a store and day, once the newest feed is a usual window past the day's end and something
that is mailed still cannot be told: until then the other feeds of the same run may be on their way.
The clock is the data's, never the machine's.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from storepulse.alert.compose import templates
from storepulse.marts import ANY_FEED, Catalogue, Store
from storepulse.notices import composed, post, send_pending
from storepulse.readiness import NotReady, not_ready
from storepulse.settings import Settings
from storepulse.windows import USUAL_LENGTH
from storepulse.wording import Wording, not_ready_sentences


def tell_not_ready(settings: Settings, con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> int:
    """Write, and send where SMTP is configured, what was not told yet.

    Returns:
        How many mails were written.

    Raises:
        DiskFull: there was no room for a mail.
    """
    written, folder = 0, settings.outbox / "notices"
    send_pending(settings, folder)
    for store, day, found in _found(con, catalogue):
        place = folder / f"{day}-{store.store_id}-not-ready.eml"
        if found and not place.exists():
            _post(settings, place, store, day, found)
            written += 1
    return written


def _found(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> Iterator[tuple[Store, date, tuple[NotReady, ...]]]:
    for store in catalogue.stores.values():
        day = catalogue.last_complete_day([ANY_FEED], store, after=USUAL_LENGTH)
        if day is not None:
            yield store, day, not_ready(con, catalogue, store.store_id, day)


def _post(
    settings: Settings, place: Path, store: Store, day: date, found: tuple[NotReady, ...]
) -> None:
    wording = Wording(settings.language)
    lines = not_ready_sentences(found, store, wording)
    said = {
        "language": wording.say("report.language"),
        "headline": wording.say("not_ready.headline", store=store.name, day=wording.weekday(day)),
        "lines": lines,
        "after": wording.say("not_ready.after"),
    }
    subject = wording.say("not_ready.subject", store=store.name, day=wording.day(day))
    text = "\n\n".join([str(said["headline"]), "\n".join(lines), str(said["after"])]) + "\n"
    html = templates().get_template("not_ready.html").render(said)
    post(settings, place, composed(settings, settings.mail_to, subject, text, html))
