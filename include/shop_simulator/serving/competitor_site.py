"""The competitors' site: three shops on one host, now or as an archive captured them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import HTMLResponse, PlainTextResponse

from shop_simulator.clock import DAY, iso, to_ms
from shop_simulator.serving.listing_pages import listing_page, page_count, robots_txt
from shop_simulator.serving.served_table import ServedTable
from shop_simulator.setting.competitors import COMPETITORS

Moment = Annotated[datetime | None, Query()]


def page_routes(home: Path) -> APIRouter:
    """`/robots.txt`, `/<competitor>/<market>/page/<n>[?at=<ISO 8601>]` and a front page."""
    router = APIRouter()
    captures = ServedTable(home / "competitors.parquet")

    @router.get("/robots.txt")
    def robots() -> PlainTextResponse:
        return PlainTextResponse(robots_txt())

    @router.get("/")
    def front() -> HTMLResponse:
        links = "".join(f'<li><a href="/{name}/us/page/1">{name}</a>' for name in COMPETITORS)
        return HTMLResponse(f"<!doctype html><title>Shops</title><ul>{links}</ul>")

    @router.get("/{competitor}/{market}/page/{number}")
    def listing(competitor: str, market: str, number: int, at: Moment = None) -> HTMLResponse:
        products = _shown(captures.rows(), competitor, market, at)
        if products.empty or not 1 <= number <= page_count(products):
            raise HTTPException(404, "there is no such page")
        query = "" if at is None else f"?at={iso(to_ms(at))}"
        return HTMLResponse(listing_page(products, f"{competitor}/{market}", number, query))

    return router


def _shown(
    captures: pd.DataFrame, competitor: str, market: str, at: datetime | None
) -> pd.DataFrame:
    """What a shop showed at a moment, or shows now; before the first capture there is nothing."""
    days = captures["day"]
    day = int(days.iloc[-1]) if at is None else min(to_ms(at) // DAY, int(days.iloc[-1]))
    first, last = days.searchsorted([day, day + 1], side="left")
    of_day = captures.iloc[first:last]
    return of_day[(of_day["competitor"] == competitor) & (of_day["market"] == market)]
