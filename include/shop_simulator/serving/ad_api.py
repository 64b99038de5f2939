"""The marketing hub's API: the collected reports of all advertising platforms."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from shop_simulator.clock import iso, to_ms
from shop_simulator.serving.api_limits import MOST_PER_PAGE, Answer, RateLimit, amount, let_in
from shop_simulator.serving.served_table import ServedTable

_PLAIN = (
    *("shop", "network", "account", "account_tz", "campaign", "campaign_title", "ad_group"),
    *("channel", "item_no", "ccy", "day", "shows", "clicks", "conv", "conv_new"),
)


def ad_routes(home: Path, token: str) -> APIRouter:
    """`GET /v1/ad-reports`: report rows that were written or restated within a span.

    Args:
        home: folder of the world.
        token: callers must show as `Authorization: Bearer …`.
    """
    router = APIRouter()
    reports = ServedTable(home / "ads.parquet")
    limit = RateLimit()

    @router.get("/v1/ad-reports")
    def ad_reports(
        begin: Annotated[datetime, Query(alias="changed_from")],
        end: Annotated[datetime, Query(alias="changed_to")],
        page: Annotated[int, Query(ge=1)] = 1,
        per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 200,
        authorization: Annotated[str, Header()] = "",
    ) -> Answer:
        let_in(limit, authorization, token)
        rows = reports.rows()
        first, last = rows["modified_ms"].searchsorted([to_ms(begin), to_ms(end)], side="left")
        found = rows.iloc[first:last]
        shown = found.iloc[(page - 1) * per_page : page * per_page]
        return {
            "data": {"reports": [_report(record) for record in shown.to_dict("records")]},
            "paging": {"page": page, "page_count": max(1, -(-len(found) // per_page))},
        }

    return router


def _report(record: Mapping[Any, Any]) -> Answer:
    return {
        **{name: record[name] for name in _PLAIN},
        # A missing text comes back from the file as NaN.
        "item_no": record["item_no"] if isinstance(record["item_no"], str) else None,
        "cost": amount(record["cost_cents"]),
        "conv_value": amount(record["conv_cents"]),
        "modified": iso(record["modified_ms"]),
    }
