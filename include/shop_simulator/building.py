"""Builds a world: lives every store's days and writes what its doors show."""

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

from shop_simulator.calendar import occasions
from shop_simulator.captures import captures_of
from shop_simulator.catalogue import sku_codes
from shop_simulator.clock import iso, local_midnight
from shop_simulator.columns import Columns, frame_of
from shop_simulator.event_log import EventLog
from shop_simulator.incidents import truth_of
from shop_simulator.records import (
    calendar_rows,
    item_rows,
    line_rows,
    order_rows,
    rate_rows,
    shop_rows,
    slip_rows,
)
from shop_simulator.simulation import Plan, StoreDay, StoreLife
from shop_simulator.sql_door import create_tables, load, open_database
from shop_simulator.stores import STORES, Store

logger = logging.getLogger(__name__)


def build(home: Path, plan: Plan, url: str, begun_ms: int | None) -> None:
    """Write every door of a world.

    Args:
        home: an existing folder.
        plan: of the world.
        url: of the shop's database.
        begun_ms: the clock up to which the doors hold this very world already; None for a new one.
    """
    engine = open_database(url)
    if begun_ms is None:
        shutil.rmtree(home / "events", ignore_errors=True)
        create_tables(engine)
    from_ms = plan.start_ms if begun_ms is None else begun_ms
    (home / "events").mkdir(exist_ok=True)
    lives = [StoreLife(plan, store) for store in STORES.values()]
    tables = _live(lives, home / "events", plan, from_ms)
    rows = load(engine, {**_master_data(lives, plan), **tables}, from_ms)
    engine.dispose()
    write_whole(home / "stock.parquet", _counted(lives, plan).to_parquet(index=False))
    write_whole(home / "competitors.parquet", captures_of(lives, plan).to_parquet(index=False))
    truth = json.dumps(_truth(lives, plan), indent=2, ensure_ascii=False)
    write_whole(home / "truth.json", truth.encode())
    logger.info("made the world until %s: %d database rows", iso(plan.until_ms), rows)


def _live(
    lives: Sequence[StoreLife], events: Path, plan: Plan, from_ms: int
) -> Mapping[str, pd.DataFrame]:
    """Live all stores' days, writing logs on the way, and give back their database rows."""
    tables: dict[str, list[pd.DataFrame]] = {
        "sales_orders": [],
        "sales_order_items": [],
        "refund_slips": [],
    }
    quiet = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as progress:
        for life in lives:
            task = progress.add_task(f"living in {life.store.code}", total=len(life.days))
            log = EventLog(events, life.store, from_ms, plan.until_ms)
            days = []
            for day in life.live():
                log.take(day)
                days.append(_kept(day))
                progress.advance(task)
            log.close()
            logger.info("%s: %d events logged", life.store.code, log.events_written)
            for name, frame in _rows_of(life.store, days, plan.until_ms).items():
                tables[name].append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in tables.items()}


# A day's orders, lines and refund slips.
_Kept = tuple[Columns, Columns, Columns]


def _kept(day: StoreDay) -> _Kept:
    """What of a day is needed once its events are logged; the rest may be forgotten."""
    orders, lines = day.taken.orders, day.taken.lines
    return orders, lines | {"reloaded_ms": orders["reloaded_ms"][lines["order"]]}, day.refunds


def _rows_of(store: Store, days: Sequence[_Kept], clock_ms: int) -> Mapping[str, pd.DataFrame]:
    orders, lines, slips = (frame_of(tables) for tables in zip(*days, strict=True))
    return {
        "sales_orders": order_rows(store, orders, clock_ms),
        "sales_order_items": line_rows(store, lines, clock_ms),
        "refund_slips": slip_rows(store, slips, clock_ms),
    }


def _master_data(lives: Sequence[StoreLife], plan: Plan) -> Mapping[str, pd.DataFrame]:
    days = plan.utc_days
    entries = occasions(days[0], days[-1] + timedelta(days=60))
    return {
        "shops": shop_rows(plan),
        "items": pd.concat([item_rows(life, plan) for life in lives], ignore_index=True),
        "marketing_calendar": calendar_rows(plan, entries),
        "exchange_rates": rate_rows(plan),
    }


def _counted(lives: Sequence[StoreLife], plan: Plan) -> pd.DataFrame:
    """The stock ledgers of all stores, up to the clock."""
    ledger = pd.concat([life.ledger() for life in lives], ignore_index=True)
    counted = ledger["snapshot_ms"].between(plan.start_ms, plan.until_ms, inclusive="left")
    return ledger[counted].sort_values("snapshot_ms", kind="stable", ignore_index=True)


def _truth(lives: Sequence[StoreLife], plan: Plan) -> Mapping[str, Any]:
    """What was injected; incidents the clock has not reached are left out."""
    codes = sku_codes()
    heroes = {
        life.store.code: [codes[sku] for sku in life.assortment.heroes.tolist()] for life in lives
    }
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
        "incidents": [truth_of(incident, heroes[incident.store]) for incident in begun],
    }


def write_whole(path: Path, content: bytes) -> None:
    """Write a file aside and rename it, so that a reader sees the old one or the new one."""
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_bytes(content)
    aside.replace(path)
