"""Windows as extract lands them, made from rows written out in a test."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.paths import WindowFiles
from storepulse.settings import Settings
from storepulse.windows import Window
from support.typical_rows import own_column, typical_row

SOURCE = "test_shop"
WINDOW = Window.from_iso("2026-11-22", "2026-11-23")

# One good row of a feed, as text, fully filled in; the tests change one value at a time.
_WRITTEN_OUT: Mapping[str, Mapping[str, str]] = {
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
        "cancel_reason": "changed_mind",
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
    "shipments": {
        "store_id": "us_site",
        "shipment_id": "p-1",
        "order_id": "1001",
        "warehouse_id": "nj",
        "carrier": "blueline",
        "tracking_no": "1BL007",
        "status": "delivered",
        "currency": "USD",
        "freight_cost": "5.40",
        "promised_ship_at": "2026-11-22 12:00:00",
        "shipped_at": "2026-11-22 09:10:00",
        "first_scan_at": "2026-11-22 09:20:00",
        "promised_delivery_at": "2026-11-25 12:00:00",
        "delivered_at": "2026-11-22 09:30:00",
        "created_at": "2026-11-22 09:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "purchase_orders": {
        "store_id": "us_site",
        "po_line_id": "po-1-1",
        "po_id": "po-1",
        "supplier_id": "V1",
        "warehouse_id": "nj",
        "sku": "KIT-001",
        "currency": "USD",
        "unit_cost": "12.00",
        "qty_ordered": "40",
        "qty_received": "38",
        "qty_defect": "1",
        "status": "received",
        "ordered_at": "2026-11-22 09:00:00",
        "promised_at": "2026-12-01 12:00:00",
        "received_at": "2026-11-22 09:30:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "tasks": {
        "task_id": "t-1",
        "project": "range",
        "kind": "listing",
        "owner": "merchandising",
        "store_id": "us_site",
        "due_at": "2026-11-25 18:00:00",
        "done_at": "2026-11-22 09:30:00",
        "created_at": "2026-11-22 09:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "experiments": {
        "store_id": "us_site",
        "experiment_id": "checkout",
        "unit_id": "v-7",
        "arm": "treatment",
        "exposed_at": "2026-11-22 09:00:00",
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
        "damaged": "1",
        "unit_cost": "12.00",
        "currency": "USD",
        "first_received_at": "2026-10-01 09:00:00",
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
        "shipping_price": "4.95",
        "match_confidence": "1",
        "is_in_stock": "true",
        "url": "https://alpha.example/a-9",
        "captured_at": "2026-11-22 09:00:00",
    },
    "ads": {
        "store_id": "us_site",
        "ad_platform": "searchads",
        "account_id": "718-204-1",
        "account_timezone": "America/New_York",
        "campaign_id": "ps-shopping",
        "campaign_name": "Shopping",
        "ad_group_id": "ps-shopping/KIT-001",
        "channel": "paid_search",
        "sku": "KIT-001",
        "currency": "USD",
        "spend": "48.20",
        "impressions": "5000",
        "clicks": "150",
        "conversions": "9",
        "conversion_value": "610.00",
        "new_customer_conversions": "5",
        "report_date": "2026-11-21",
        "updated_at": "2026-11-22 10:00:00",
    },
    "fees": {
        "store_id": "us_site",
        "fee_id": "pay_fee-1001",
        "order_id": "1001",
        "fee_type": "payment",
        "currency": "USD",
        "amount": "2.48",
        "charged_at": "2026-11-22 09:00:00",
        "settled_at": "2026-11-22 09:30:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "targets": {
        "store_id": "us_site",
        "metric": "net_sales",
        "currency": "USD",
        "value": "4200.00",
        "target_date": "2026-11-22",
        "updated_at": "2026-11-22 10:00:00",
    },
    "budgets": {
        "store_id": "us_site",
        "budget_kind": "ad_spend",
        "scope": "searchads",
        "currency": "USD",
        "amount": "420.00",
        "budget_date": "2026-11-22",
        "updated_at": "2026-11-22 10:00:00",
    },
    "platform_reports": {
        "store_id": "us_site",
        "variant": "net_sales_shopify",
        "currency": "USD",
        "amount": "4200.00",
        "report_date": "2026-11-21",
        "updated_at": "2026-11-22 10:00:00",
    },
    "checkouts": {
        "store_id": "us_site",
        "event_id": "k-1",
        "cart_id": "c-1",
        "checkout_id": "h-1",
        "session_id": "s-1",
        "visitor_id": "v-1",
        "customer_id": "c-7",
        "event_type": "payment_started",
        "order_id": "1001",
        "pay_type": "online",
        "currency": "USD",
        "cart_value": "70.00",
        "occurred_at": "2026-11-22 09:00:00",
        "received_at": "2026-11-22 09:00:05",
    },
    "tickets": {
        "store_id": "us_site",
        "ticket_id": "T-1",
        "order_id": "1001",
        "customer_id": "c-7",
        "channel": "chat",
        "kind": "complaint",
        "reason_code": "late_delivery",
        "agent_id": "US-3",
        "reopens": "0",
        "replies": "2",
        "csat": "good",
        "is_sla_breached": "false",
        "is_escalated": "false",
        "created_at": "2026-11-22 09:00:00",
        "first_reply_at": "2026-11-22 09:02:00",
        "solved_at": "2026-11-22 09:30:00",
        "updated_at": "2026-11-22 10:00:00",
    },
    "reviews": {
        "store_id": "us_site",
        "review_id": "V-1",
        "order_id": "1001",
        "sku": "KIT-001",
        "stars": "4",
        "stars_description": "5",
        "stars_service": "4",
        "stars_logistics": "3",
        "is_negative": "false",
        "created_at": "2026-11-22 09:00:00",
        "updated_at": "2026-11-22 10:00:00",
    },
}

GOOD_ROWS: Mapping[str, Mapping[str, str]] = {
    feed: _WRITTEN_OUT.get(feed) or typical_row(feed) for feed in all_feeds()
}

# The column that makes each row of a feed one of its own.
MARKED_COLUMN = {feed: own_column(feed) for feed in all_feeds()} | {
    # Any currency has a rate, but few words are metrics; equal lines of one order are a warning.
    "fx_rates": "from_currency",
    "order_lines": "order_id",
    "targets": "store_id",
    "platform_reports": "store_id",
}
_CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD")


def good_rows(feed: str, count: int) -> list[dict[str, str | None]]:
    """Give rows that differ in their key only."""
    column = MARKED_COLUMN[feed]
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
        "columns": dict.fromkeys(names, "varchar"),
        "run_id": "test-run",
        "landed_at": "2026-11-23T00:10:00+00:00",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def with_a_rule_nobody_can_evaluate(
    settings: Settings, folder: Path, rule_id: str, severity: str
) -> Settings:
    """Settings whose suite of orders asks for the sum of a text."""
    text = (settings.expectations_dir / "orders.yaml").read_text("utf-8")
    text += (
        "  - type: expect_column_sum_to_be_between\n"
        "    kwargs: {column: channel, min_value: 1}\n"
        f"    severity: {severity}\n"
        f'    meta: {{id: {rule_id}, why: "text has no sum"}}\n'
    )
    folder.mkdir()
    (folder / "orders.yaml").write_text(text, "utf-8")
    return settings.model_copy(update={"expectations_dir": folder})
