"""The API door: closing stock per warehouse and SKU, with the manners of a busy company's API."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Header, HTTPException, Query

from shop_simulator.clock import iso, to_ms
from shop_simulator.served_table import ServedTable

MOST_PER_PAGE = 1_000
REQUESTS_PER_SECOND = 20
# The 5th request breaks, and every 40th after it; asked again, it works.
_BREAKS_EVERY, _BREAKS_AT = 40, 5

Page = Mapping[str, Any]


class RateLimit:
    """So many requests within any second; counts them all on the way."""

    def __init__(self, per_second: int) -> None:
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


def stock_routes(home: Path, token: str) -> APIRouter:
    """`GET /v1/stock-levels` over the stock ledger of a world.

    Args:
        home: folder of the world.
        token: callers must show as `Authorization: Bearer …`.
    """
    router = APIRouter()
    ledger = ServedTable(home / "stock.parquet")
    limit = RateLimit(REQUESTS_PER_SECOND)

    @router.get("/v1/stock-levels")
    def stock_levels(
        begin: Annotated[datetime, Query(alias="from")],
        end: Annotated[datetime, Query(alias="to")],
        page: Annotated[int, Query(ge=1)] = 1,
        per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 200,
        authorization: Annotated[str, Header()] = "",
    ) -> Page:
        _let_in(limit, authorization, token)
        rows = ledger.rows()
        first, last = rows["snapshot_ms"].searchsorted([to_ms(begin), to_ms(end)], side="left")
        return _page(rows.iloc[first:last], page, per_page)

    return router


def _let_in(limit: RateLimit, authorization: str, token: str) -> None:
    if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    number = limit.admit()
    if number is None:
        raise HTTPException(429, "too many requests", {"Retry-After": "1"})
    if number % _BREAKS_EVERY == _BREAKS_AT:
        raise HTTPException(500, "internal error, please try again")


def _page(rows: pd.DataFrame, page: int, per_page: int) -> Page:
    shown = rows.iloc[(page - 1) * per_page : page * per_page]
    return {
        "items": [_item(record) for record in shown.to_dict("records")],
        "page": page,
        "pages": max(1, -(-len(rows) // per_page)),
        "total": len(rows),
    }


def _item(record: Mapping[Any, Any]) -> Page:
    plain = ("shop", "warehouse", "item_no", "on_hand", "reserved", "available", "in_transit")
    cents = record["cost_cents"]
    return {
        **{name: record[name] for name in plain},
        "cost": f"{cents // 100}.{cents % 100:02d}",
        "ccy": record["ccy"],
        "snapshot_at": iso(record["snapshot_ms"]),
    }
