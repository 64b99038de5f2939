"""A small accepted lake for tests: inline rows become accepted files as validate writes them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Self

import duckdb
import pyarrow.parquet as pq

from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.accepted import accepted_columns, note_lost
from storepulse.lake.atomic import atomic_write
from storepulse.lake.check_counts import Checks
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window
from support.typical_rows import typical_row

Row = Mapping[str, object]
SOURCE = "test_shop"


@dataclass
class AcceptedLake:
    """Writes accepted windows under one home and provides its settings.

    `accept` fills columns a row does not name: text from the feed's example below, the rest null.
    Each call is accepted one second after the one before it.
    """

    home: Path
    clock: datetime = field(default=datetime(2026, 12, 1))

    @classmethod
    def emptied(cls, home: Path) -> Self:
        """Start over in a used home, keeping only dbt's cache of parsed models."""
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
        return Settings(home=self.home, lock_timeout_seconds=60, reporting_currency="CNY")

    def accept(
        self,
        feed: str,
        rows: list[Row],
        start: str,
        end: str,
        source: str = SOURCE,
        checks: Checks | None = None,
    ) -> Path:
        """Write one accepted file for `[start, end)` (ISO, UTC); replaces an older one."""
        window = Window.from_iso(start, end)
        place = WindowFiles(self.settings, feed, source, window).accepted
        self.clock += timedelta(seconds=1)
        columns = accepted_columns(feed)
        connection = _scratch()
        types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table accepted ({types})")
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
        described = {
            "event_days": [day.isoformat() for day in days],
            "rows": table.num_rows,
            "window_start": window.start.isoformat(),
            "window_end": window.end.isoformat(),
            "run_id": "test",
            "checks": checks and checks.as_json(),
        }
        with atomic_write(place) as temp:
            pq.write_table(
                table.replace_schema_metadata({"storepulse": json.dumps(described)}), temp
            )
        return place

    def reject_window(
        self,
        feed: str,
        start: str,
        end: str,
        rules: list[str],
        rows: int,
        source: str = SOURCE,
        checks: Checks | None = None,
    ) -> None:
        """Record a window as rejected."""
        window = Window.from_iso(start, end)
        result = {
            "source": source,
            "rows": {"landed": rows, "dropped": 0},
            "failures": [{"rule": rule} for rule in rules],
            "amount_held": {},
            "checks": checks and checks.as_json(),
        }
        with atomic_write(WindowFiles(self.settings, feed, source, window).rejection) as temp:
            temp.write_text(json.dumps(result), encoding="utf-8")

    def lose(self, feed: str, start: str, end: str, source: str = SOURCE) -> None:
        """Record a window as lost."""
        files = WindowFiles(self.settings, feed, source, Window.from_iso(start, end))
        note_lost(files, "test", "not fetched in time", self.clock.replace(tzinfo=UTC))

    def undo_rejection(self, feed: str, start: str, end: str, source: str = SOURCE) -> None:
        """Remove the record of a rejected window."""
        WindowFiles(self.settings, feed, source, Window.from_iso(start, end)).rejection.unlink()

    def refuse(
        self, feed: str, rows: list[Row], start: str, end: str, source: str = SOURCE
    ) -> Path:
        """Write refused rows of `[start, end)` as validate leaves them: text, with their money.

        Args:
            feed: whose columns a row may name; the rest is null.
            rows: may name `_amount` and `_currency` besides.
            start: ISO, UTC.
            end: likewise.
            source: which source delivered them.
        """
        window = Window.from_iso(start, end)
        place = WindowFiles(self.settings, feed, source, window).quarantined
        columns = dict.fromkeys(feed_named(feed).columns, "varchar") | {
            "_amount": "decimal(28, 8)",
            "_currency": "varchar",
            "_rules": "varchar[]",
            "_first_seen": "timestamp",
            "_position": "bigint",
            "_source": "varchar",
            "_window": "varchar",
        }
        connection = _scratch()
        types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table refused ({types})")
        for position, row in enumerate(rows, start=1):
            of_lake = {"_rules": ["a_rule"], "_first_seen": self.clock}
            whole = {
                **of_lake,
                **row,
                "_position": position,
                "_source": source,
                "_window": window.id,
            }
            assert not set(whole) - set(columns), f"{feed} has no columns {set(row) - set(columns)}"
            connection.execute(
                f"insert into refused values ({', '.join('?' for _ in columns)})",
                [whole.get(column) for column in columns],
            )
        with atomic_write(place) as temp:
            pq.write_table(connection.sql("from refused").to_arrow_table(), temp)
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

    def remove(self, place: Path) -> None:
        """Remove an accepted window."""
        place.unlink()


@cache
def _scratch() -> duckdb.DuckDBPyConnection:
    """A database to cast rows in; opening one per file would take longer than everything else."""
    return duckdb.connect()


def _day(moment: object) -> date | None:
    return date.fromisoformat(str(moment)[:10]) if moment else None


_WRITTEN_OUT: dict[str, Row] = {
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
    "shipments": {
        "store_id": "us_site",
        "shipment_id": "parcel-1",
        "order_id": "order-1",
        "warehouse_id": "east",
        "carrier": "blueline",
        "status": "created",
        "currency": "USD",
        "promised_ship_at": "2026-11-03 12:00:00",
        "promised_delivery_at": "2026-11-08 12:00:00",
        "created_at": "2026-11-01 12:30:00",
    },
    "purchase_orders": {
        "store_id": "us_site",
        "po_line_id": "po-1-1",
        "po_id": "po-1",
        "supplier_id": "supplier-1",
        "warehouse_id": "east",
        "sku": "sku-1",
        "currency": "USD",
        "unit_cost": "4.00",
        "qty_ordered": 10,
        "qty_received": 0,
        "qty_defect": 0,
        "status": "open",
        "ordered_at": "2026-11-01 12:00:00",
        "promised_at": "2026-11-10 12:00:00",
    },
    "tasks": {
        "task_id": "task-1",
        "project": "range",
        "kind": "listing",
        "owner": "merchandising",
        "store_id": "us_site",
        "due_at": "2026-11-05 18:00:00",
        "created_at": "2026-11-01 12:00:00",
    },
    "experiments": {
        "store_id": "us_site",
        "experiment_id": "experiment-1",
        "unit_id": "visitor-1",
        "arm": "control",
        "exposed_at": "2026-11-01 12:00:00",
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
    "ads": {
        "store_id": "us_site",
        "ad_platform": "searchads",
        "account_id": "account-1",
        "account_timezone": "America/New_York",
        "campaign_id": "campaign-1",
        "campaign_name": "Campaign",
        "ad_group_id": "all",
        "channel": "paid_search",
        "currency": "USD",
        "spend": "10.00",
        "impressions": 1000,
        "clicks": 20,
        "conversions": 1,
        "conversion_value": "10.00",
        "new_customer_conversions": 1,
        "report_date": "2026-11-01",
        "updated_at": "2026-11-02 12:00:00",
    },
    "fees": {
        "store_id": "us_site",
        "fee_id": "fee-1",
        "order_id": "order-1",
        "fee_type": "payment",
        "currency": "USD",
        "amount": "0.50",
        "charged_at": "2026-11-01 12:00:00",
    },
    "targets": {
        "store_id": "us_site",
        "metric": "paid_orders",
        "value": "50.00",
        "target_date": "2026-11-01",
        "updated_at": "2026-10-20 09:00:00",
    },
    "budgets": {
        "store_id": "us_site",
        "budget_kind": "ad_spend",
        "scope": "all",
        "currency": "USD",
        "amount": "50.00",
        "budget_date": "2026-11-01",
        "updated_at": "2026-10-20 09:00:00",
    },
    "platform_reports": {
        "store_id": "us_site",
        "variant": "net_sales_shopify",
        "currency": "USD",
        "amount": "50.00",
        "report_date": "2026-11-01",
        "updated_at": "2026-11-02 11:00:00",
    },
    "checkouts": {
        "store_id": "us_site",
        "event_id": "event-1",
        "cart_id": "cart-1",
        "session_id": "session-1",
        "visitor_id": "visitor-1",
        "event_type": "cart_created",
        "currency": "USD",
        "cart_value": "0.00",
        "occurred_at": "2026-11-01 12:00:00",
    },
    "tickets": {
        "store_id": "us_site",
        "ticket_id": "ticket-1",
        "order_id": "order-1",
        "channel": "chat",
        "kind": "complaint",
        "reason_code": "late_delivery",
        "reopens": 0,
        "replies": 0,
        "is_sla_breached": False,
        "is_escalated": False,
        "created_at": "2026-11-01 12:00:00",
    },
    "reviews": {
        "store_id": "us_site",
        "review_id": "review-1",
        "order_id": "order-1",
        "sku": "sku-1",
        "stars": 5,
        "is_negative": False,
        "created_at": "2026-11-01 12:00:00",
    },
}

EXAMPLES: dict[str, Row] = {
    feed: _WRITTEN_OUT.get(feed) or typical_row(feed) for feed in all_feeds()
}
