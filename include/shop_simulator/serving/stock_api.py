"""The stock API: closing stock per warehouse and SKU."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Header, Query

from shop_simulator.clock import NEVER, iso, to_ms
from shop_simulator.serving.api_limits import MOST_PER_PAGE, Answer, RateLimit, amount, let_in
from shop_simulator.serving.served_table import ServedTable


def stock_routes(home: Path, token: str) -> APIRouter:
    """`GET /v1/stock-levels` over the stock ledger of a world.

    Args:
        home: folder of the world.
        token: callers must show as `Authorization: Bearer …`.
    """
    router = APIRouter()
    ledger = ServedTable(home / "stock.parquet")
    limit = RateLimit()

    @router.get("/v1/stock-levels")
    def stock_levels(
        begin: Annotated[datetime, Query(alias="from")],
        end: Annotated[datetime, Query(alias="to")],
        page: Annotated[int, Query(ge=1)] = 1,
        per_page: Annotated[int, Query(ge=1, le=MOST_PER_PAGE)] = 200,
        authorization: Annotated[str, Header()] = "",
    ) -> Answer:
        let_in(limit, authorization, token)
        rows = ledger.rows()
        first, last = rows["snapshot_ms"].searchsorted([to_ms(begin), to_ms(end)], side="left")
        return _page(rows.iloc[first:last], page, per_page)

    return router


def _page(rows: pd.DataFrame, page: int, per_page: int) -> Answer:
    shown = rows.iloc[(page - 1) * per_page : page * per_page]
    return {
        "items": [_item(record) for record in shown.to_dict("records")],
        "page": page,
        "pages": max(1, -(-len(rows) // per_page)),
        "total": len(rows),
    }


def _item(record: Mapping[Any, Any]) -> Answer:
    plain = ("on_hand", "reserved", "damaged", "available", "in_transit")
    first_in = record["first_in_ms"]
    return {
        **{name: record[name] for name in ("shop", "warehouse", "item_no", *plain)},
        "first_in_at": None if first_in >= NEVER else iso(first_in),
        "cost": amount(record["cost_cents"]),
        "ccy": record["ccy"],
        "snapshot_at": iso(record["snapshot_ms"]),
    }
