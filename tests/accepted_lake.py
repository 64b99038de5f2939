"""A small accepted lake for tests: inline rows become accepted files as validate writes them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import duckdb
import pyarrow.parquet as pq

from storepulse.accepted import accepted_columns
from storepulse.feeds import feed_named
from storepulse.lake import WindowFiles, written_aside
from storepulse.settings import Settings
from storepulse.windows import Window

Row = Mapping[str, object]
SOURCE = "test_shop"


@dataclass
class AcceptedLake:
    """Writes accepted windows under one home and hands out its settings.

    `accept` fills columns a row does not name: text from the feed's example below, the rest null.
    Every call is accepted one second after the one before it.
    """

    home: Path
    clock: datetime = field(default=datetime(2026, 12, 1))

    @classmethod
    def emptied(cls, home: Path) -> Self:
        """Begin anew in a used home, keeping only what dbt remembers of the models' text."""
        warehouse = home / "warehouse"
        warehouse.mkdir(exist_ok=True)
        for place in {*home.iterdir(), *warehouse.iterdir()} - {warehouse, warehouse / "dbt"}:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()
        return cls(home)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, lock_timeout_seconds=60)

    def accept(
        self, feed: str, rows: list[Row], start: str, end: str, source: str = SOURCE
    ) -> Path:
        """Write one accepted file for `[start, end)` (ISO, UTC); replaces an older one."""
        window = Window.from_iso(start, end)
        place = WindowFiles(self.settings, feed, source, window).accepted
        self.clock += timedelta(seconds=1)
        columns = accepted_columns(feed)
        with duckdb.connect() as connection:
            types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"create table accepted ({types})")
            if rows:
                marks = ", ".join(f"cast(? as {kind})" for kind in columns.values())
                connection.executemany(
                    f"insert into accepted values ({marks})",
                    [
                        list(self._complete(feed, row, source, window, position).values())
                        for position, row in enumerate(rows, start=1)
                    ],
                )
            table = connection.sql("from accepted order by _event_day, _position").to_arrow_table()
        days = sorted({day for day in table.column("_event_day").to_pylist() if day})
        held = {
            "event_days": [day.isoformat() for day in days],
            "rows": table.num_rows,
            "window_start": window.start.isoformat(),
            "window_end": window.end.isoformat(),
            "run_id": "test",
        }
        with written_aside(place) as aside:
            pq.write_table(table.replace_schema_metadata({"storepulse": json.dumps(held)}), aside)
        return place

    def _complete(
        self, feed: str, row: Row, source: str, window: Window, position: int
    ) -> dict[str, object]:
        filled = {
            name: row.get(name, EXAMPLES[feed].get(name)) for name in feed_named(feed).columns
        }
        assert not set(row) - set(filled), f"{feed} has no columns {set(row) - set(filled)}"
        change_time = feed_named(feed).change_time
        if filled[change_time] is None:
            filled[change_time] = filled[feed_named(feed).event_time]
        return filled | {
            "_source": source,
            "_window": window.id,
            "_position": position,
            "_landed_at": self.clock,
            "_accepted_at": self.clock,
            "_event_day": _day(filled[feed_named(feed).event_time]),
        }

    def reject(self, place: Path) -> None:
        """Take an accepted window away again."""
        place.unlink()


def _day(moment: object) -> date | None:
    return date.fromisoformat(str(moment)[:10]) if moment else None


EXAMPLES: dict[str, Row] = {
    "stores": {
        "store_id": "us_site",
        "store_name": "US site",
        "platform": "own_site",
        "timezone": "America/New_York",
        "currency": "USD",
        "opened_at": "2025-01-01 00:00:00",
    },
    "products": {
        "store_id": "us_site",
        "sku": "sku-1",
        "product_name": "Kettle",
        "category": "kitchen",
        "status": "live",
        "currency": "USD",
        "list_price": "12.00",
        "price": "10.00",
        "unit_cost": "4.00",
        "listed_at": "2025-01-01 00:00:00",
    },
    "calendar_events": {
        "event_id": "promo-1",
        "kind": "promo",
        "name_en": "Sale",
        "name_zh": "促销",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-02",
        "updated_at": "2026-01-01 00:00:00",
    },
    "fx_rates": {
        "rate_date": "2026-11-01",
        "from_currency": "USD",
        "to_currency": "CNY",
        "rate": "7.00000000",
    },
    "orders": {
        "store_id": "us_site",
        "order_id": "order-1",
        "customer_id": "customer-1",
        "channel": "direct",
        "device": "mobile",
        "status": "placed",
        "pay_type": "online",
        "currency": "USD",
        "goods_amount": "10.00",
        "discount_merchant": "0.00",
        "discount_platform": "0.00",
        "shipping_charged": "0.00",
        "tax": "0.00",
        "gift_card_amount": "0.00",
        "deposit_amount": "0.00",
        "paid_amount": "0.00",
        "is_presale": False,
        "is_test": False,
        "created_at": "2026-11-01 12:00:00",
    },
    "order_lines": {
        "store_id": "us_site",
        "order_id": "order-1",
        "order_line_id": "1",
        "sku": "sku-1",
        "category": "kitchen",
        "line_kind": "goods",
        "currency": "USD",
        "quantity": 1,
        "unit_price": "10.00",
        "list_price": "12.00",
        "line_discount": "0.00",
        "unit_cost": "4.00",
        "created_at": "2026-11-01 12:00:00",
    },
    "refunds": {
        "store_id": "us_site",
        "refund_id": "refund-1",
        "order_id": "order-1",
        "order_line_id": "1",
        "sku": "sku-1",
        "category": "kitchen",
        "line_kind": "goods",
        "refund_kind": "return_refund",
        "status": "requested",
        "currency": "USD",
        "quantity": 1,
        "amount": "10.00",
        "tax": "0.00",
        "shipping_refund": "0.00",
        "requested_at": "2026-11-02 12:00:00",
    },
    "traffic": {
        "store_id": "us_site",
        "event_id": "event-1",
        "session_id": "session-1",
        "visitor_id": "visitor-1",
        "event_type": "page_view",
        "channel": "direct",
        "device": "mobile",
        "page_path": "/",
        "user_agent": "Mozilla/5.0",
        "occurred_at": "2026-11-01 12:00:00",
    },
    "inventory": {
        "store_id": "us_site",
        "warehouse_id": "east",
        "sku": "sku-1",
        "on_hand": 5,
        "reserved": 0,
        "available": 5,
        "in_transit": 0,
        "unit_cost": "4.00",
        "currency": "USD",
        "snapshot_at": "2026-11-02 04:00:00",
    },
    "competitor_prices": {
        "store_id": "us_site",
        "competitor": "alpha",
        "competitor_sku": "a-1",
        "sku": "sku-1",
        "product_name": "Kettle",
        "currency": "USD",
        "price": "8.00",
        "is_in_stock": True,
        "captured_at": "2026-11-01 12:00:00",
    },
}
