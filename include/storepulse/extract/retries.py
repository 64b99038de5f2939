"""Retrying a source that does not answer: back-off, jitter, and the wait it asks for itself."""

import logging

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from storepulse.errors import SourceUnreachable, TookTooLong
from storepulse.feeds.connections import Retry

logger = logging.getLogger(__name__)


class AskedToWait(SourceUnreachable):
    """Raised when a source states how long to wait.

    Attributes:
        seconds: the wait it asked for.
    """

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


def retries(retry: Retry) -> Retrying:
    """Return the attempts to loop over; only `SourceUnreachable` leads to another one.

    `TookTooLong` does not.

    Example:
        for attempt in retries(config.retry):
            with attempt:
                answer = ask()
    """

    def is_worth_waiting(failure: BaseException) -> bool:
        if isinstance(failure, AskedToWait):
            return failure.seconds <= retry.longest_wait_seconds
        return isinstance(failure, SourceUnreachable) and not isinstance(failure, TookTooLong)

    back_off = wait_random_exponential(
        multiplier=retry.first_wait_seconds, max=retry.longest_wait_seconds
    )

    def wait_seconds(state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        return failure.seconds if isinstance(failure, AskedToWait) else back_off(state)

    return Retrying(
        retry=retry_if_exception(is_worth_waiting),
        stop=stop_after_attempt(retry.attempts),
        wait=wait_seconds,
        before_sleep=_log_attempt,
        reraise=True,
    )


def _log_attempt(state: RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome else None
    wait_seconds = state.next_action.sleep if state.next_action else 0.0
    logger.warning(
        "attempt %d failed, next in %.1f s: %s", state.attempt_number, wait_seconds, failure
    )
