"""Windows as extract lands them, made from rows written out in a test."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from storepulse.feeds import feed_named
from storepulse.lake import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window

SOURCE = "test_shop"
WINDOW = Window.from_iso("2026-11-22", "2026-11-23")

# One good row of each feed, as text, fully filled in; the tests change one value at a time.
GOOD_ROWS: Mapping[str, Mapping[str, str]] = {
    "stores": {
        "store_id": "us_site",
        "store_name": "US site",
        "platform": "own_site",
        "timezone": "America/New_York",
        "currency": "USD",
        "opened_at": "2026-01-01 05:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "products": {
        "store_id": "us_site",
        "sku": "KIT-001",
        "spu": "KIT",
        "product_name": "Kettle",
        "category": "kitchen",
        "brand": "Boil",
        "status": "live",
        "currency": "USD",
        "list_price": "39.00",
        "price": "35.00",
        "unit_cost": "12.00",
        "listed_at": "2026-03-01 00:00:00",
        "delisted_at": "2026-12-24 00:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "calendar_events": {
        "event_id": "double-11",
        "kind": "promo",
        "name_en": "Double 11",
        "name_zh": "双十一",
        "starts_on": "2026-11-11",
        "ends_on": "2026-11-12",
        "store_id": "cn_market",
        "updated_at": "2026-11-22 10:00:00",
    },
    "fx_rates": {
        "rate_date": "2026-11-22",
        "from_currency": "USD",
        "to_currency": "CNY",
        "rate": "7.10000000",
        "updated_at": "2026-11-22 10:00:00",
    },
    "orders": {
        "store_id": "us_site",
        "order_id": "1001",
        "customer_id": "c-7",
        "channel": "email",
        "campaign_id": "fall",
        "device": "mobile",
        "status": "paid",
        "pay_type": "online",
        "coupon_code": "FALL",
        "cancelled_by": "buyer",
        "currency": "USD",
        "goods_amount": "70.00",
        "discount_merchant": "5.00",
        "discount_platform": "0.00",
        "shipping_charged": "4.00",
        "tax": "6.00",
        "gift_card_amount": "0.00",
        "deposit_amount": "0.00",
        "paid_amount": "75.00",
        "is_presale": "false",
        "is_test": "false",
        "created_at": "2026-11-22 09:00:00",
        "deposit_paid_at": "2026-11-22 09:01:00",
        "paid_at": "2026-11-22 09:02:00",
        "cancelled_at": "2026-11-22 09:03:00",
        "confirmed_at": "2026-11-22 09:04:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "order_lines": {
        "store_id": "us_site",
        "order_id": "1001",
        "order_line_id": "1",
        "sku": "KIT-001",
        "category": "kitchen",
        "line_kind": "goods",
        "currency": "USD",
        "quantity": "2",
        "unit_price": "35.00",
        "list_price": "39.00",
        "line_discount": "0.00",
        "unit_cost": "12.00",
        "created_at": "2026-11-22 09:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "refunds": {
        "store_id": "us_site",
        "refund_id": "r-1",
        "order_id": "1001",
        "order_line_id": "1",
        "customer_id": "c-7",
        "sku": "KIT-001",
        "category": "kitchen",
        "line_kind": "goods",
        "refund_kind": "return_refund",
        "reason_code": "too_small",
        "status": "done",
        "currency": "USD",
        "quantity": "1",
        "amount": "35.00",
        "tax": "3.00",
        "shipping_refund": "0.00",
        "requested_at": "2026-11-22 09:00:00",
        "refunded_at": "2026-11-22 09:30:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "traffic": {
        "store_id": "us_site",
        "event_id": "e-1",
        "session_id": "s-1",
        "visitor_id": "v-1",
        "customer_id": "c-7",
        "event_type": "page_view",
        "channel": "email",
        "campaign_id": "fall",
        "device": "mobile",
        "page_path": "/kettles",
        "sku": "KIT-001",
        "order_id": "1001",
        "user_agent": "Mozilla/5.0",
        "occurred_at": "2026-11-22 09:00:00",
        "received_at": "2026-11-22 09:00:05",
    },
    "inventory": {
        "store_id": "us_site",
        "warehouse_id": "nj",
        "sku": "KIT-001",
        "on_hand": "40",
        "reserved": "4",
        "available": "36",
        "in_transit": "10",
        "unit_cost": "12.00",
        "currency": "USD",
        "snapshot_at": "2026-11-22 09:00:00",
    },
    "competitor_prices": {
        "store_id": "us_site",
        "competitor": "alpha",
        "competitor_sku": "A-9",
        "sku": "KIT-001",
        "product_name": "Kettle",
        "currency": "USD",
        "price": "33.00",
        "list_price": "36.00",
        "is_in_stock": "true",
        "url": "https://alpha.example/a-9",
        "captured_at": "2026-11-22 09:00:00",
    },
}

# The column that makes each row of a feed one of its own.
TELLING_COLUMN = {
    "stores": "store_id",
    "products": "sku",
    "calendar_events": "event_id",
    "fx_rates": "from_currency",
    "orders": "order_id",
    "order_lines": "order_id",
    "refunds": "refund_id",
    "traffic": "event_id",
    "inventory": "sku",
    "competitor_prices": "competitor_sku",
}
_CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD")


def good_rows(feed: str, count: int) -> list[dict[str, str | None]]:
    """Give rows that differ in their key only."""
    column = TELLING_COLUMN[feed]
    values = _CURRENCIES if feed == "fx_rates" else [f"x{number}" for number in range(count)]
    return [{**GOOD_ROWS[feed], column: values[number]} for number in range(count)]


def land(
    settings: Settings,
    feed: str,
    rows: Sequence[Mapping[str, str | None]],
    window: Window = WINDOW,
    columns: Sequence[str] | None = None,
) -> Path:
    """Write a landed window; without `columns` it has the registry's.

    Returns:
        The window's folder.
    """
    names = list(columns if columns is not None else feed_named(feed).columns)
    data = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    data["_position"] = pa.array(range(1, len(rows) + 1), pa.int64())
    folder = WindowFiles(settings, feed, SOURCE, window).landed
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "validation.json").unlink(missing_ok=True)
    parquet.write_table(pa.table(data), folder / "rows.parquet")
    manifest = {
        "feed": feed,
        "source": SOURCE,
        "rows": len(rows),
        "run_id": "test-run",
        "landed_at": "2026-11-23T00:10:00+00:00",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
