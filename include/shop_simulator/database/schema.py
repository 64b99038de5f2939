"""The shop's own database: its tables, its names, its rules. Nothing here knows who reads it.

All `*_at` and `modified` columns are UTC without offset; money is in the row's `ccy`. Invariants:

- goods_total  = sum of qty * unit_price over the order's `goods` lines, before any discount
- freight      = sum of qty * unit_price over its `shipping` lines
- line_discount is a mark-down of that line alone; shop_discount and platform_discount belong to the
  order as a whole and do NOT include it
- amount due   = goods_total - sum(line_discount) - shop_discount - platform_discount + freight
  + tax_total + sum of `fee` and `gift_card` lines - gift_card, and paid_total is that amount once
  paid (null until then); `gift_card` is a voucher the buyer paid with, a line of type `gift_card`
  is a voucher the buyer bought
- prices are net of tax; tax_total comes on top (0 in China, where the shop keeps gross books)
- a presale order is placed, then its deposit is paid (deposit_at), then the rest (paid_at)
- cash on delivery (`cod`) is paid when the buyer signs: paid_at = confirmed_at
- an order is shipped in one parcel per depot that has goods of it; it is confirmed after the last
  parcel was signed for, and never while one is lost or on its way back
- qty_in counts all units received, qty_rejected those of them that inspection rejected; the missing
  units of a line `closed` short are not expected any more
- a visitor's number is the one its events carry; whoever sees an experiment sees it again
- a row is restated when its state moves, and `modified` moves with it
"""

from typing import Any

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()


def _column(
    name: str, kind: TypeEngine[Any], *, key: bool = False, null: bool = False
) -> Column[Any]:
    return Column(name, kind, primary_key=key, nullable=null, autoincrement=False)


def _key(name: str) -> Column[Any]:
    return _column(name, String(40), key=True)


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return _column(name, String(120), null=null)


def _moment(name: str, *, null: bool = False) -> Column[Any]:
    return _column(name, DateTime(), null=null)


def _money(name: str, *, null: bool = False) -> Column[Any]:
    return _column(name, Numeric(18, 2), null=null)


def _flag(name: str) -> Column[Any]:
    return _column(name, SmallInteger())


def _table(name: str, *columns: Column[Any]) -> Table:
    # Readers select what changed since their last extract.
    index = Index(f"ix_{name}_modified", "modified")
    return Table(name, metadata, *columns, _moment("modified"), index)


shops = _table(
    "shops",
    _key("shop_code"),
    _text("title"),
    _text("channel_type"),
    _text("tz_name"),
    _text("ccy"),
    _moment("opened"),
)

items = _table(
    "items",
    _key("shop_code"),
    _key("item_no"),
    _text("style_no"),
    _text("title"),
    _text("cat"),
    _text("brand_name"),
    _text("state"),
    _text("ccy"),
    _money("msrp"),
    _money("sell_price"),
    _money("cost"),
    _moment("on_shelf_at"),
    _moment("off_shelf_at", null=True),
)

sales_orders = _table(
    "sales_orders",
    _key("shop_code"),
    _key("order_no"),
    _text("buyer_no", null=True),
    _text("src_channel"),
    _text("campaign_code", null=True),
    _text("device_type"),
    _text("state"),
    _text("pay_method"),
    _text("coupon", null=True),
    _text("cancel_side", null=True),
    _text("cancel_cause", null=True),
    _text("ccy"),
    _money("goods_total"),
    _money("shop_discount"),
    _money("platform_discount"),
    _money("freight"),
    _money("tax_total"),
    _money("gift_card"),
    _money("deposit"),
    _money("paid_total", null=True),
    _flag("presale"),
    _flag("test_order"),
    _moment("placed_at"),
    _moment("deposit_at", null=True),
    _moment("paid_at", null=True),
    _moment("cancelled_at", null=True),
    _moment("confirmed_at", null=True),
)

sales_order_items = _table(
    "sales_order_items",
    _key("shop_code"),
    _key("order_no"),
    _column("line_no", Integer(), key=True),
    _text("item_no"),
    _text("cat", null=True),
    _text("line_type"),
    _text("ccy"),
    _column("qty", Integer()),
    _money("unit_price"),
    _money("msrp"),
    _money("line_discount"),
    _money("cost"),
    _moment("placed_at"),
)

parcels = _table(
    "parcels",
    _key("shop_code"),
    _key("parcel_no"),
    _text("order_no"),
    _text("depot"),
    _text("courier"),
    _text("waybill_no", null=True),
    _text("state"),
    _text("ccy"),
    _money("courier_charge", null=True),
    _moment("ship_by"),
    _moment("labelled_at", null=True),
    _moment("picked_up_at", null=True),
    _moment("due"),
    _moment("signed_at", null=True),
    _moment("created_at"),
)

purchase_lines = _table(
    "purchase_lines",
    _key("shop_code"),
    _key("line_ref"),
    _text("po_no"),
    _text("vendor_no"),
    _text("depot"),
    _text("item_no"),
    _text("state"),
    _text("ccy"),
    _money("cost"),
    _column("qty", Integer()),
    _column("qty_in", Integer()),
    _column("qty_rejected", Integer()),
    _moment("ordered_at"),
    _moment("eta"),
    _moment("last_receipt_at", null=True),
)

refund_slips = _table(
    "refund_slips",
    _key("shop_code"),
    _key("slip_no"),
    _text("order_no"),
    _column("line_no", Integer()),
    _text("buyer_no", null=True),
    _text("item_no"),
    _text("cat", null=True),
    _text("slip_type"),
    _text("reason"),
    _text("state"),
    _text("ccy"),
    _column("qty", Integer()),
    _money("amount"),
    _money("tax"),
    _money("freight"),
    _moment("requested_at"),
    _moment("done_at", null=True),
)

# Written by buyers; few are changed after the shop solved the problem.
reviews = _table(
    "reviews",
    _key("shop_code"),
    _key("review_no"),
    _text("order_no"),
    _text("item_no"),
    _column("score", SmallInteger()),
    _column("score_goods", SmallInteger(), null=True),
    _column("score_service", SmallInteger(), null=True),
    _column("score_delivery", SmallInteger(), null=True),
    _flag("is_negative"),
    _moment("written_at"),
)

board_tasks = _table(
    "board_tasks",
    _key("task_no"),
    _text("project"),
    _text("kind"),
    _text("team"),
    _text("shop_code", null=True),
    _moment("due"),
    _moment("done_at", null=True),
    _moment("created_at"),
)

test_exposures = _table(
    "test_exposures",
    _key("shop_code"),
    _key("test_no"),
    _key("visitor_no"),
    _text("variant"),
    _moment("seen_at"),
)

marketing_calendar = _table(
    "marketing_calendar",
    _key("entry_no"),
    _text("kind"),
    _text("title_en"),
    _text("title_zh"),
    _column("first_day", Date()),
    _column("last_day", Date()),
    _text("shop_code", null=True),
)

exchange_rates = _table(
    "exchange_rates",
    _column("day", Date(), key=True),
    _key("from_ccy"),
    _key("to_ccy"),
    _column("rate", Numeric(18, 8)),
)
