"""How the company's APIs behave: a token, a rate limit, an error now and then."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from fastapi import HTTPException

MOST_PER_PAGE = 1_000
REQUESTS_PER_SECOND = 20
# The 5th request fails, and every 40th after it; a retry works.
_BREAKS_EVERY, _BREAKS_AT = 40, 5

Answer = Mapping[str, Any]


class RateLimit:
    """Limits the requests within any second, and counts them all."""

    def __init__(self, per_second: int = REQUESTS_PER_SECOND) -> None:
        self._per_second = per_second
        self._recent: deque[float] = deque()
        self._count = 0
        self._lock = threading.Lock()

    def admit(self) -> int | None:
        """Count a request: its number, from 1, or None when it comes too soon."""
        with self._lock:
            now = time.monotonic()
            while self._recent and now - self._recent[0] >= 1:
                self._recent.popleft()
            if len(self._recent) >= self._per_second:
                return None
            self._recent.append(now)
            self._count += 1
            return self._count


def let_in(limit: RateLimit, authorization: str, token: str) -> None:
    """Raise the HTTP error of a call without token, too soon after others, or unlucky."""
    if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    number = limit.admit()
    if number is None:
        raise HTTPException(429, "too many requests", {"Retry-After": "1"})
    if number % _BREAKS_EVERY == _BREAKS_AT:
        raise HTTPException(500, "internal error, please try again")


def amount(cents: int) -> str:
    """`1290` as `12.90`."""
    return f"{cents // 100}.{cents % 100:02d}"
