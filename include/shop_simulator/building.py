"""Builds a world: simulates every store's days and writes what is served of them."""

import json
import logging
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress

from shop_simulator.api_tables.ad_reports import AdReports, ad_rows
from shop_simulator.api_tables.captures import captures_of
from shop_simulator.api_tables.tickets import ticket_rows, tickets_of
from shop_simulator.books import Books
from shop_simulator.clock import iso, local_midnight
from shop_simulator.columns import Columns, frame_of
from shop_simulator.database.exposure_rows import exposure_rows
from shop_simulator.database.loading import create_tables, load, open_database
from shop_simulator.database.purchase_rows import purchase_rows
from shop_simulator.database.reviews import review_rows, reviews_of
from shop_simulator.database.rows import (
    calendar_rows,
    item_rows,
    line_rows,
    order_rows,
    parcel_rows,
    rate_rows,
    shop_rows,
    slip_rows,
)
from shop_simulator.database.task_rows import task_rows
from shop_simulator.file_share.plans import write_plans
from shop_simulator.file_share.platform_reports import write_platform_reports
from shop_simulator.file_share.settlements import write_settlements
from shop_simulator.logs.checkout_log import CheckoutLog
from shop_simulator.logs.event_log import EventLog
from shop_simulator.selling.simulation import Plan, StoreDay, StoreHistory
from shop_simulator.setting.calendar import occasions
from shop_simulator.setting.catalogue import sku_codes
from shop_simulator.setting.incidents import KINDS, truth_of
from shop_simulator.setting.stores import STORES
from shop_simulator.whole_files import write_whole

logger = logging.getLogger(__name__)


def build(home: Path, plan: Plan, url: str, begun_ms: int | None) -> None:
    """Write everything that a world serves.

    Args:
        home: an existing folder.
        plan: of the world.
        url: of the shop's database.
        begun_ms: the clock up to which this world is written already; None for a new one.
    """
    engine = open_database(url)
    if begun_ms is None:
        shutil.rmtree(home / "events", ignore_errors=True)
        shutil.rmtree(home / "files", ignore_errors=True)
        create_tables(engine)
    from_ms = plan.start_ms if begun_ms is None else begun_ms
    (home / "events").mkdir(exist_ok=True)
    histories = [StoreHistory(plan, store) for store in STORES.values()]
    reports = {history.store.code: AdReports(plan, history) for history in histories}
    books = _simulate(histories, home, plan, from_ms, reports)
    rows = load(engine, {**_master_data(histories, plan), **_sales(books, plan)}, from_ms)
    engine.dispose()
    counted = _counted(histories, plan)
    write_plans(home / "files" / "plans", plan)
    write_settlements(home / "files" / "settlements", books, counted, plan, from_ms)
    write_platform_reports(home / "files" / "platform_reports", books, plan, from_ms)
    write_whole(home / "stock.parquet", counted.to_parquet(index=False))
    write_whole(home / "ads.parquet", ad_rows(list(reports.values())).to_parquet(index=False))
    write_whole(home / "tickets.parquet", _tickets(books, plan).to_parquet(index=False))
    write_whole(home / "competitors.parquet", captures_of(histories, plan).to_parquet(index=False))
    truth = json.dumps(_truth(histories, plan), indent=2, ensure_ascii=False)
    write_whole(home / "truth.json", truth.encode())
    logger.info("made the world until %s: %d database rows", iso(plan.until_ms), rows)


def _simulate(
    histories: Sequence[StoreHistory],
    home: Path,
    plan: Plan,
    from_ms: int,
    reports: Mapping[str, AdReports],
) -> list[Books]:
    """Simulate all stores' days, write their logs on the way, and return their books."""
    books = []
    quiet = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as progress:
        for history in histories:
            task = progress.add_task(f"simulating {history.store.code}", total=len(history.days))
            log = EventLog(home / "events", history.store, from_ms, plan.until_ms)
            carts = CheckoutLog(home / "files" / "checkouts", history.store, from_ms, plan.until_ms)
            days = []
            for day in history.simulate():
                log.take(day)
                carts.take(day)
                reports[history.store.code].take(day)
                days.append(_kept(day))
                progress.advance(task)
            log.close()
            carts.close()
            logger.info("%s: %d events logged", history.store.code, log.events_written)
            books.append(
                Books(history.store, *(frame_of(tables) for tables in zip(*days, strict=True)))
            )
    return books


# A day's orders, lines, parcels, refund slips, tickets and reviews, as in Books.
_Kept = tuple[Columns, Columns, Columns, Columns, Columns, Columns]


def _kept(day: StoreDay) -> _Kept:
    """The part of a day that is needed after its events are logged; the rest is dropped."""
    orders, lines = day.taken.orders, day.taken.lines
    lines = lines | {"reloaded_ms": orders["reloaded_ms"][lines["order"]]}
    return orders, lines, day.parcels, day.refunds, tickets_of(day), reviews_of(day)


def _sales(books: Sequence[Books], plan: Plan) -> Mapping[str, pd.DataFrame]:
    """The database rows of what was sold and returned."""
    clock_ms = plan.until_ms
    tables = {
        "sales_orders": [order_rows(one.store, one.orders, clock_ms) for one in books],
        "sales_order_items": [line_rows(one.store, one.lines, clock_ms) for one in books],
        "parcels": [parcel_rows(one.store, one.parcels, clock_ms) for one in books],
        "refund_slips": [slip_rows(one.store, one.slips, clock_ms) for one in books],
        "reviews": [review_rows(one.store, one.reviews, clock_ms) for one in books],
    }
    return {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}


def _master_data(histories: Sequence[StoreHistory], plan: Plan) -> Mapping[str, pd.DataFrame]:
    days = plan.utc_days
    entries = occasions(days[0], days[-1] + timedelta(days=60))
    return {
        "shops": shop_rows(plan),
        "items": pd.concat([item_rows(history, plan) for history in histories], ignore_index=True),
        "marketing_calendar": calendar_rows(plan, entries),
        "exchange_rates": rate_rows(plan),
        "board_tasks": task_rows(plan),
        "test_exposures": exposure_rows(histories, plan),
        "purchase_lines": pd.concat([purchase_rows(history, plan) for history in histories]),
    }


def _counted(histories: Sequence[StoreHistory], plan: Plan) -> pd.DataFrame:
    """The stock ledgers of all stores, up to the clock."""
    ledger = pd.concat([history.ledger() for history in histories], ignore_index=True)
    counted = ledger["snapshot_ms"].between(plan.start_ms, plan.until_ms, inclusive="left")
    return ledger[counted].sort_values("snapshot_ms", kind="stable", ignore_index=True)


def _tickets(books: Sequence[Books], plan: Plan) -> pd.DataFrame:
    """The service desk's tickets of all stores, by the moment they last changed."""
    rows = [ticket_rows(one.store, one.tickets, plan.start_ms, plan.until_ms) for one in books]
    tickets = pd.concat(rows, ignore_index=True)
    return tickets.sort_values(["modified_ms", "ticket_no"], kind="stable", ignore_index=True)


def _truth(histories: Sequence[StoreHistory], plan: Plan) -> Mapping[str, Any]:
    """What was injected; incidents the clock has not reached are left out."""
    codes = sku_codes()
    assortments = {history.store.code: history.assortment for history in histories}
    begun = [
        incident
        for incident in plan.incidents
        if local_midnight(STORES[incident.store].tz_name, incident.first_day) < plan.until_ms
    ]
    return {
        "start": iso(plan.start_ms),
        "until": iso(plan.until_ms),
        "seed": plan.seed,
        "scale": plan.scale,
        "incidents": [
            truth_of(
                incident,
                [
                    codes[sku]
                    for sku in assortments[incident.store].blocked_skus(
                        KINDS[incident.name].effects
                    )
                ],
            )
            for incident in begun
        ],
    }
