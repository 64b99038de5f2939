"""A task has failed finally: noted if it is a feed's, mailed at once otherwise.

Unlike a supervisor's mail it is about the pipeline, so it goes to data engineers, in English and
without a chart. A database that is down fails a dozen feeds within minutes; their notes in
`outbox/failures/noted/` are mailed together (`data_incident_mails`).
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storepulse.lake import walk
from storepulse.lake.atomic import after_all, atomic_write
from storepulse.notify.mailer import FAILURE, composed, is_written, post
from storepulse.redaction import without_logins
from storepulse.settings import Settings

# Errors of libraries may quote rows and statements; their first lines show what happened.
_LONGEST_FOREIGN_MESSAGE = 600


@dataclass(frozen=True)
class Failure:
    """What is known of a failed step.

    Attributes:
        flow: the DAG.
        step: the task, with the name of its mapped instance if it has one.
        run: the run's id.
        attempt: how often it was tried.
        error: the error, None when the process died without one.
        log_url: where its log can be read.
        page: the flow's on-call page; its "If it fails" part goes into the mail.
        feed: whose task it was; None for a step that belongs to no single feed.
    """

    flow: str
    step: str
    run: str
    attempt: int
    error: BaseException | None
    log_url: str
    page: str
    feed: str | None = None


@dataclass(frozen=True)
class Note:
    """What was noted of a feed's failed task.

    Attributes:
        place: the note; removed once the feed works again.
        step: the task without its group: `catch_up`, `land` or `validate`.
        at: UTC.
        kind: name of the error.
        what: the error's own words.
        look: where its log can be read.
    """

    place: Path
    feed: str
    source: str
    step: str
    at: datetime
    kind: str
    what: str
    look: str


def note(settings: Settings, failure: Failure) -> None:
    """Note that a task of a feed failed; an earlier note of the same task is replaced.

    Raises:
        DiskFull: there was no room for it.
    """
    step = failure.step.split(" ")[0].rpartition(".")[2]
    place = FAILURE.folder(settings) / "noted" / f"{settings.source}.{failure.feed}.{step}.json"
    remedy = _if_it_fails(failure.page)
    text = {
        "feed": failure.feed,
        "source": settings.source,
        "step": step,
        # A window accepted after this shows that the feed works again.
        "at": after_all(
            files.accepted for files in walk.accepted(settings, str(failure.feed), settings.source)
        ).isoformat(),
        "kind": type(failure.error).__name__ if failure.error else "ProcessDied",
        "what": _message(failure.error) + (f"\n\nIf it fails:\n{remedy}" if remedy else ""),
        "look": f"{failure.flow}, {failure.step}, {_tries(failure)}, run {failure.run}: "
        f"{failure.log_url}",
    }
    with atomic_write(place) as temp:
        temp.write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")


def noted(settings: Settings) -> list[Note]:
    """List the notes that were not removed, in the order of sources, feeds and tasks."""
    places = sorted((FAILURE.folder(settings) / "noted").glob("[!.]*.json"))
    return [
        Note(**{**text, "place": place, "at": datetime.fromisoformat(text["at"])})
        for place in places
        for text in [json.loads(place.read_text(encoding="utf-8"))]
    ]


def mail_engineers(settings: Settings, failure: Failure) -> bool:
    """Write the mail, once a day per wording, and send it when SMTP is configured.

    Returns:
        Whether it was news. That it could not be sent is logged only: whoever calls this is
        already answering a failure.

    Raises:
        DiskFull: there was no room for the file.
    """
    subject = f"{failure.flow}: {failure.step} failed ({_kind(failure.error)})"
    # Numbers differ from run to run: seconds, rows, process ids.
    words = re.sub(r"\d+", "", _message(failure.error))
    words_hash = hashlib.sha256(words.encode()).hexdigest()[:8]
    cause = f"{datetime.now(UTC):%Y-%m-%d}-{failure.flow}.{failure.step}-{words_hash}"
    return send_once(settings, cause, subject, _text(failure))


def send_once(settings: Settings, cause: str, subject: str, text: str) -> bool:
    """Write a mail unless one about this cause exists, and send it when SMTP is configured.

    Args:
        settings: whose outbox, and to whom.
        cause: names the mail's file; the same cause is mailed once.
        subject: of the mail.
        text: of the mail.

    Returns:
        Whether it was news.

    Raises:
        DiskFull: there was no room for the file.
    """
    name = re.sub(r"[^\w.-]+", "-", cause)
    if is_written(settings, FAILURE, name):
        return False
    post(settings, FAILURE, name, composed(settings, FAILURE, subject, text))
    return True


def _text(failure: Failure) -> str:
    parts = [
        _message(failure.error),
        f"DAG   {failure.flow}\nTask  {failure.step}, {_tries(failure)}\nRun   {failure.run}\n"
        f"Log   {failure.log_url}",
    ]
    if remedy := _if_it_fails(failure.page):
        parts.append(f"If it fails:\n{remedy}")
    return "\n\n".join(parts) + "\n"


def _tries(failure: Failure) -> str:
    return "tried once" if failure.attempt <= 1 else f"tried {failure.attempt} times"


def _kind(error: BaseException | None) -> str:
    return type(error).__name__ if error else "its process died"


def _message(error: BaseException | None) -> str:
    if error is None:
        return "The process ended without an error of its own: killed, or out of memory."
    text = str(error) or type(error).__name__
    is_ours = type(error).__module__ == "storepulse.errors"
    if is_ours:
        return text
    return f"{type(error).__name__}: {without_logins(text)[:_LONGEST_FOREIGN_MESSAGE]}"


def _if_it_fails(page: str) -> str:
    found = re.search(r"- \*\*If it fails\*\*: (.*?)(?=\n- \*\*|\Z)", page, re.S)
    return re.sub(r"\n +", "\n", found[1]).strip() if found else ""
