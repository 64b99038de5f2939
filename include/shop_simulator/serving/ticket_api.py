"""The service desk's API: tickets in pages that each link to the next."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query

from shop_simulator.clock import NEVER, iso, to_ms
from shop_simulator.serving.api_limits import MOST_PER_PAGE, Answer, RateLimit, let_in
from shop_simulator.serving.served_table import ServedTable

_SURVEY = {1: "good", 0: "bad", -1: None}


def ticket_routes(home: Path, token: str) -> APIRouter:
    """`GET /v1/tickets`: tickets that were opened or changed within a span.

    Args:
        home: folder of the world.
        token: callers must show as `Authorization: Bearer …`.
    """
    router = APIRouter()
    tickets = ServedTable(home / "tickets.parquet")
    limit = RateLimit()

    @router.get("/v1/tickets")
    def changed_tickets(
        since: datetime,
        before: datetime,
        size: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 200,
        cursor: Annotated[int, Query(ge=0)] = 0,
        authorization: Annotated[str, Header()] = "",
    ) -> Answer:
        let_in(limit, authorization, token)
        rows = tickets.rows()
        first, last = rows["modified_ms"].searchsorted([to_ms(since), to_ms(before)], side="left")
        shown = rows.iloc[first:last].iloc[cursor : cursor + size]
        following = None
        if first + cursor + size < last:
            span = {"since": iso(to_ms(since)), "before": iso(to_ms(before))}
            following = "/v1/tickets?" + urlencode({**span, "size": size, "cursor": cursor + size})
        return {
            "tickets": [_ticket(record) for record in shown.to_dict("records")],
            "links": {"next": following},
        }

    return router


def _ticket(record: Mapping[Any, Any]) -> Answer:
    plain = ("ticket_no", "shop", "channel", "kind", "reason", "agent", "replies", "reopens")
    moments = {"opened": "opened_ms", "first_reply": "replied_ms", "solved": "solved_ms"}
    return {
        **{name: record[name] for name in plain},
        **{name: _known(record[name]) for name in ("order_no", "buyer_no")},
        **{name: _moment(record[column]) for name, column in moments.items()},
        "survey": _SURVEY[record["content"]],
        "too_late": record["breached_ms"] < NEVER,
        "at_platform": record["escalated_ms"] < NEVER,
        "changed": _moment(record["modified_ms"]),
    }


def _known(text: object) -> str | None:
    # A missing text comes back from the file as NaN.
    return text if isinstance(text, str) else None


def _moment(moment_ms: int) -> str | None:
    return None if moment_ms >= NEVER else iso(moment_ms)
