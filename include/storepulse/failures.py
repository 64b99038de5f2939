"""Mail to data engineers: a step of the pipeline has failed for good.

Unlike a supervisor's mail it is about the machinery, so it goes to other people, in English and
without a chart. It is written to `outbox/failures/` first, so that it is not lost with the server.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storepulse.notices import composed, post
from storepulse.settings import Settings

# Errors of libraries may quote rows and statements; their first lines say what happened.
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
    """

    flow: str
    step: str
    run: str
    attempt: int
    error: BaseException | None
    log_url: str
    page: str


def tell_engineers(settings: Settings, failure: Failure) -> Path:
    """Write the mail, and send it when SMTP is configured.

    Returns:
        The written file. That it could not be sent is logged only: whoever calls this is already
        answering a failure.

    Raises:
        DiskFull: there was no room for the file.
    """
    subject = f"{failure.flow}: {failure.step} failed ({_kind(failure.error)})"
    name = re.sub(r"[^\w.-]+", "-", f"{failure.flow}.{failure.step}").strip("-")
    place = failures_folder(settings) / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{name}.eml"
    post(settings, place, composed(settings, settings.failures_mail_to, subject, _text(failure)))
    return place


def failures_folder(settings: Settings) -> Path:
    """Where mails to data engineers lie."""
    return settings.outbox / "failures"


def tell_once(settings: Settings, cause: str, subject: str, text: str) -> bool:
    """Write a mail unless one about this cause lies there, and send it when SMTP is configured.

    Args:
        settings: whose outbox, and to whom.
        cause: names the mail's file; the same cause is told once.
        subject: of the mail.
        text: of the mail.

    Returns:
        Whether it was news.

    Raises:
        DiskFull: there was no room for the file.
    """
    name = re.sub(r"[^\w.-]+", "-", cause)
    place = failures_folder(settings) / f"{name}.eml"
    if place.exists():
        return False
    post(settings, place, composed(settings, settings.failures_mail_to, subject, text))
    return True


def _text(failure: Failure) -> str:
    tries = "once" if failure.attempt <= 1 else f"{failure.attempt} times"
    parts = [
        _message(failure.error),
        f"DAG   {failure.flow}\nTask  {failure.step}, tried {tries}\nRun   {failure.run}\n"
        f"Log   {failure.log_url}",
    ]
    if remedy := _if_it_fails(failure.page):
        parts.append(f"If it fails:\n{remedy}")
    return "\n\n".join(parts) + "\n"


def _kind(error: BaseException | None) -> str:
    return type(error).__name__ if error else "its process died"


def _message(error: BaseException | None) -> str:
    if error is None:
        return "The process ended without an error of its own: killed, or out of memory."
    text = str(error) or type(error).__name__
    is_ours = type(error).__module__ == "storepulse.errors"
    return text if is_ours else f"{type(error).__name__}: {text[:_LONGEST_FOREIGN_MESSAGE]}"


def _if_it_fails(page: str) -> str:
    found = re.search(r"- \*\*If it fails\*\*: (.*?)(?=\n- \*\*|\Z)", page, re.S)
    return re.sub(r"\n +", "\n", found[1]).strip() if found else ""
