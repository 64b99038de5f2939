"""The golden book's shop: three stores, ten days, small enough to check every KPI by hand.

What is in it, and why, stands beside each row; what it must come to stands in
`tests/dbt/test_kpi_golden_book.py`. All moments are UTC. Rows arrive as a source restates them: in
the window in which they changed, so an order comes again when it is paid, cancelled or signed for.

    us_site    America/New_York   USD   summer time (UTC-4) until 2026-11-01 06:00, then UTC-5
    cn_market  Asia/Shanghai      CNY   UTC+8
    eu_shop    Europe/Berlin      EUR   summer time (UTC+2) until 2026-10-25 01:00, then UTC+1
"""

from datetime import datetime, timedelta

from accepted_lake import AcceptedLake, Row

FIRST, LAST = datetime(2026, 10, 24), datetime(2026, 11, 3, 6)
US, CN, EU = "us_site", "cn_market", "eu_shop"
CURRENCY = {US: "USD", CN: "CNY", EU: "EUR"}
ZONE = {US: "America/New_York", CN: "Asia/Shanghai", EU: "Europe/Berlin"}
PRICES = {US: ("50.00", "10.00", "30.00"), CN: ("350.00", "70.00", "210.00"),
          EU: ("45.00", "9.00", "27.00")}  # fmt: skip
CATEGORY = {"kettle": "kitchen", "mug": "kitchen", "lamp": "home"}


def windows() -> list[tuple[str, str]]:
    """The windows in which the shop was ingested: UTC days, the last one until 06:00."""
    days = [FIRST + timedelta(days=step) for step in range((LAST - FIRST).days + 1)]
    return [(str(day), str(min(day + timedelta(days=1), LAST))) for day in days]


def accept_window(lake: AcceptedLake, start: str, end: str) -> None:
    """Accept what changed in one window, of every feed; a feed without news has an empty file."""
    for feed, (change_time, rows) in FEEDS.items():
        changed = [row for row in rows if start <= str(row[change_time]) < end]
        lake.accept(feed, changed, start, end)


def _order(store: str, number: str, created_at: str, **said: object) -> list[Row]:
    """An order as the source says it each time it changes, without what has not happened yet."""
    whole: dict[str, object] = {
        "store_id": store,
        "order_id": number,
        "currency": CURRENCY[store],
        "created_at": created_at,
        **said,
    }
    clocks = ("paid_at", "cancelled_at", "confirmed_at")
    moments = {created_at, *(str(whole[clock]) for clock in clocks if clock in whole)}
    return [_as_of(whole, moment, clocks) for moment in sorted(moments)]


def _as_of(whole: Row, moment: str, clocks: tuple[str, ...]) -> Row:
    happened = {
        key: value for key, value in whole.items() if key not in clocks or str(value) <= moment
    }
    if "paid_amount" in whole and not {"paid_at", "confirmed_at"} & set(happened):
        happened["paid_amount"] = "0.00"
    return happened | {"updated_at": moment}


def _line(store: str, order: str, sku: str, quantity: int, price: str, **said: object) -> Row:
    created_at = next(row["created_at"] for row in ORDERS if row["order_id"] == order)
    return {
        "store_id": store,
        "order_id": order,
        "order_line_id": f"{order}-{sku}",
        "sku": sku,
        "category": CATEGORY.get(sku),
        "currency": CURRENCY[store],
        "quantity": quantity,
        "unit_price": price,
        "created_at": created_at,
        "updated_at": created_at,
        **said,
    }


def _refund(store: str, order: str, amount: str, requested_at: str, **said: object) -> list[Row]:
    whole: dict[str, object] = {
        "store_id": store,
        "refund_id": f"refund of {order}",
        "order_id": order,
        "currency": CURRENCY[store],
        "amount": amount,
        "requested_at": requested_at,
        **said,
    }
    moments = {requested_at, str(whole.get("refunded_at", requested_at))}
    return [_as_of(whole, moment, ("refunded_at",)) for moment in sorted(moments)]


def _visit(store: str, visitor: str, channel: str | None, at: str, **said: object) -> Row:
    return {
        "store_id": store,
        "event_id": f"{visitor} {at}",
        "session_id": f"{visitor} {at}",
        "visitor_id": visitor,
        "channel": channel,
        "occurred_at": at,
        "received_at": at,
        **said,
    }


def _stock(store: str, at: str, **available: int) -> list[Row]:
    return [
        {"store_id": store, "sku": sku, "warehouse_id": "main", "available": pieces,
         "on_hand": pieces, "currency": CURRENCY[store], "snapshot_at": at}
        for sku, pieces in available.items()
    ]  # fmt: skip


def _offer(store: str, competitor: str, sku: str, price: str, at: str, **said: object) -> Row:
    return {"store_id": store, "competitor": competitor, "competitor_sku": f"{competitor} {sku}",
            "sku": sku, "price": price, "currency": CURRENCY[store], "captured_at": at,
            **said}  # fmt: skip


STORES = [
    {
        "store_id": store,
        "currency": CURRENCY[store],
        "timezone": ZONE[store],
        "updated_at": str(FIRST),
    }
    for store in (US, CN, EU)
]
PRODUCTS = [
    {"store_id": store, "sku": sku, "category": CATEGORY[sku], "price": price,
     "currency": CURRENCY[store], "updated_at": str(FIRST)}
    for store, prices in PRICES.items()
    for sku, price in zip(CATEGORY, prices, strict=True)
] + [
    # taken off sale: never live, whatever is counted of it
    {"store_id": US, "sku": "sign", "category": "home", "status": "off", "updated_at": str(FIRST)},
    # dearer from the 28th
    {"store_id": US, "sku": "kettle", "price": "55.00", "updated_at": "2026-10-28 00:00:00"},
]  # fmt: skip
FX_RATES = [
    {"rate_date": "2026-10-24", "from_currency": "USD", "rate": "7.0", "updated_at": str(FIRST)},
    # the euro is not quoted again: its rate is too old from 2026-11-01
    {"rate_date": "2026-10-24", "from_currency": "EUR", "rate": "8.0", "updated_at": str(FIRST)},
    {"rate_date": "2026-11-01", "from_currency": "USD", "rate": "7.1",
     "updated_at": "2026-11-01 06:00:00"},
]  # fmt: skip

ORDERS: list[Row] = [
    # 50 + 20 - 7 discount + 5 shipping + 6 tax
    *_order(US, "us-1", "2026-10-24 16:00:00", paid_at="2026-10-24 16:05:00", customer_id="c1",
            goods_amount="70.00", discount_merchant="7.00", shipping_charged="5.00", tax="6.00",
            paid_amount="74.00"),
    # two guests, one second before midnight in New York and at midnight
    *_order(US, "us-2", "2026-10-25 03:59:59", paid_at="2026-10-25 03:59:59", customer_id=None,
            channel="paid_search", goods_amount="30.00", paid_amount="30.00"),
    *_order(US, "us-3", "2026-10-25 04:00:00", paid_at="2026-10-25 04:00:00", customer_id=None,
            channel="paid_search", goods_amount="30.00", paid_amount="30.00"),
    # the first buyer again, by mail
    *_order(US, "us-4", "2026-10-24 20:00:00", paid_at="2026-10-24 20:00:00", customer_id="c1",
            channel="email", goods_amount="10.00", paid_amount="10.00"),
    # never paid, closed by the system
    *_order(US, "us-5", "2026-10-26 15:00:00", cancelled_at="2026-10-27 15:00:00", customer_id="c2",
            goods_amount="50.00"),
    # somebody tries the checkout
    *_order(US, "us-6", "2026-10-26 16:00:00", paid_at="2026-10-26 16:00:00", is_test=True,
            goods_amount="50.00", paid_amount="50.00"),
    # 30 - 3 on the line + 4 shipping; nobody knows where the buyer came from
    *_order(US, "us-7", "2026-10-26 18:00:00", paid_at="2026-10-26 18:00:00", customer_id="c3",
            channel=None, goods_amount="30.00", shipping_charged="4.00", paid_amount="31.00"),
    # 01:30 in New York, twice that night; then the last second of the 25-hour day, and the next
    *_order(US, "us-8", "2026-11-01 05:30:00", paid_at="2026-11-01 05:30:00", customer_id=None,
            goods_amount="10.00", paid_amount="10.00"),
    *_order(US, "us-9", "2026-11-01 06:30:00", paid_at="2026-11-01 06:30:00", customer_id=None,
            goods_amount="10.00", paid_amount="10.00"),
    *_order(US, "us-10", "2026-11-02 04:59:59", paid_at="2026-11-02 04:59:59", customer_id="c1",
            goods_amount="10.00", paid_amount="10.00"),
    *_order(US, "us-11", "2026-11-02 05:00:00", paid_at="2026-11-02 05:00:00", customer_id="c1",
            goods_amount="10.00", paid_amount="10.00"),
    # paid by gift card alone: the money came when the card was sold
    *_order(US, "us-12", "2026-10-28 15:00:00", paid_at="2026-10-28 15:00:00", customer_id="c4",
            goods_amount="50.00", gift_card_amount="50.00"),
    # buys a gift card of 25 and a mug
    *_order(US, "us-13", "2026-10-28 15:30:00", paid_at="2026-10-28 15:30:00", customer_id="c2",
            channel="email", goods_amount="35.00", paid_amount="35.00"),
    # looks like any other order, until somebody finds out a week later that it was a test
    *_order(US, "us-14", "2026-10-24 18:00:00", paid_at="2026-10-24 18:00:00", customer_id="c5",
            goods_amount="10.00", paid_amount="10.00"),
    {"store_id": US, "order_id": "us-14", "currency": "USD", "created_at": "2026-10-24 18:00:00",
     "paid_at": "2026-10-24 18:00:00", "customer_id": "c5", "goods_amount": "10.00",
     "paid_amount": "10.00", "is_test": True, "updated_at": "2026-11-01 09:00:00"},
    # cash on delivery: ordered on the 25th, signed for on the 29th
    *_order(CN, "cn-1", "2026-10-25 04:00:00", confirmed_at="2026-10-29 02:00:00", customer_id="b1",
            channel="recommendation", pay_type="cod", goods_amount="350.00", paid_amount="350.00"),
    # presale: 50 deposit on the 26th, the rest in the last second of the 31st in Shanghai
    *_order(CN, "cn-2", "2026-10-26 02:00:00", paid_at="2026-10-31 15:59:59", customer_id="b2",
            channel="live_stream", is_presale=True, deposit_paid_at="2026-10-26 02:00:00",
            deposit_amount="50.00", goods_amount="420.00", discount_platform="30.00",
            paid_amount="390.00"),
    # at midnight in Shanghai, 140 + 10 shipping; given back whole the day after
    *_order(CN, "cn-3", "2026-10-28 16:00:00", paid_at="2026-10-28 16:00:00", customer_id="b3",
            channel="recommendation", goods_amount="140.00", shipping_charged="10.00",
            paid_amount="150.00"),
    # cash on delivery, refused at the door
    *_order(CN, "cn-4", "2026-10-27 04:00:00", cancelled_at="2026-10-30 04:00:00", customer_id="b4",
            channel="recommendation", pay_type="cod", goods_amount="70.00"),
    *_order(CN, "cn-5", "2026-10-24 20:00:00", paid_at="2026-10-24 20:00:00", customer_id="b4",
            goods_amount="70.00", paid_amount="70.00"),
    # on the 24th in Shanghai, of which the feeds know the evening only: in no KPI
    *_order(CN, "cn-6", "2026-10-24 10:00:00", paid_at="2026-10-24 10:00:00", customer_id="b5",
            goods_amount="70.00", paid_amount="70.00"),
    # 02:30 in Berlin, twice that night; then the last second of the 25-hour day, and the next
    *_order(EU, "eu-1", "2026-10-25 00:30:00", paid_at="2026-10-25 00:30:00", customer_id=None,
            channel="organic_search", goods_amount="9.00", paid_amount="9.00"),
    *_order(EU, "eu-2", "2026-10-25 01:30:00", paid_at="2026-10-25 01:30:00", customer_id=None,
            channel="organic_search", goods_amount="9.00", paid_amount="9.00"),
    *_order(EU, "eu-3", "2026-10-25 22:59:59", paid_at="2026-10-25 22:59:59", customer_id="d1",
            goods_amount="45.00", paid_amount="45.00"),
    # paid, then cancelled and given back before it was sent: a sale and a refund
    *_order(EU, "eu-4", "2026-10-25 23:00:00", paid_at="2026-10-25 23:00:00", customer_id="d1",
            cancelled_at="2026-10-27 09:00:00", goods_amount="45.00", paid_amount="45.00"),
    *_order(EU, "eu-5", "2026-10-24 22:30:00", paid_at="2026-10-24 22:30:00", customer_id="d2",
            channel="referral", goods_amount="27.00", paid_amount="27.00"),
    # on a day without a rate for the euro
    *_order(EU, "eu-6", "2026-11-01 10:00:00", paid_at="2026-11-01 10:00:00", customer_id="d3",
            goods_amount="27.00", paid_amount="27.00"),
]  # fmt: skip

ORDER_LINES = [
    # 7 off is 5 off the kettle's 50 and 2 off the mugs' 20
    _line(US, "us-1", "kettle", 1, "50.00"),
    _line(US, "us-1", "mug", 2, "10.00"),
    _line(US, "us-2", "lamp", 1, "30.00"),
    _line(US, "us-3", "lamp", 1, "30.00"),
    _line(US, "us-4", "mug", 1, "10.00"),
    _line(US, "us-5", "kettle", 1, "50.00"),
    _line(US, "us-6", "kettle", 1, "50.00"),
    _line(US, "us-7", "mug", 3, "10.00", line_discount="3.00"),
    _line(US, "us-7", "parcel", 1, "4.00", line_kind="shipping"),
    *(_line(US, f"us-{number}", "mug", 1, "10.00") for number in (8, 9, 10, 11)),
    _line(US, "us-12", "kettle", 1, "50.00"),
    _line(US, "us-13", "mug", 1, "10.00"),
    _line(US, "us-14", "mug", 1, "10.00"),
    _line(US, "us-13", "card", 1, "25.00", line_kind="gift_card"),
    _line(CN, "cn-1", "kettle", 1, "350.00"),
    _line(CN, "cn-2", "lamp", 2, "210.00"),
    _line(CN, "cn-3", "mug", 2, "70.00"),
    *(_line(CN, f"cn-{number}", "mug", 1, "70.00") for number in (4, 5, 6)),
    *(_line(EU, f"eu-{number}", "mug", 1, "9.00") for number in (1, 2)),
    *(_line(EU, f"eu-{number}", "kettle", 1, "45.00") for number in (3, 4)),
    *(_line(EU, f"eu-{number}", "lamp", 1, "27.00") for number in (5, 6)),
]

REFUNDS: list[Row] = [
    # one of the two mugs, 10 less its 1 of discount, asked for on the 28th, given back on the 30th
    *_refund(US, "us-1", "9.00", "2026-10-28 14:00:00", refunded_at="2026-10-30 14:00:00",
             sku="mug", tax="0.80"),
    # the whole order, no line named, at half past eleven of the 25-hour day
    *_refund(US, "us-2", "30.00", "2026-10-31 14:00:00", refunded_at="2026-11-02 04:30:00",
             sku=None, category=None, line_kind=None, order_line_id=None),
    # asked for, never given
    *_refund(US, "us-3", "30.00", "2026-10-29 14:00:00"),
    # a gift card is not goods
    *_refund(US, "us-13", "25.00", "2026-10-30 15:00:00", refunded_at="2026-10-30 16:00:00",
             line_kind="gift_card", sku="card", category=None),
    # of orders that count nowhere: tests, one of them found out after the money had gone back, and
    # a kettle paid by gift card
    *_refund(US, "us-6", "50.00", "2026-10-26 17:00:00", refunded_at="2026-10-28 14:00:00",
             sku="kettle"),
    *_refund(US, "us-14", "10.00", "2026-10-28 17:00:00", refunded_at="2026-10-29 14:00:00",
             sku="mug"),
    *_refund(US, "us-12", "50.00", "2026-10-29 17:00:00", refunded_at="2026-10-30 14:00:00",
             sku="kettle"),
    # sold before the history begins, as far as anybody can tell
    *_refund(US, "us-0", "20.00", "2026-10-30 17:00:00", refunded_at="2026-10-31 14:00:00",
             sku="mug"),
    *_refund(CN, "cn-3", "140.00", "2026-10-29 10:00:00", refunded_at="2026-10-30 03:00:00",
             sku="mug", shipping_refund="10.00"),
    *_refund(EU, "eu-4", "45.00", "2026-10-27 09:00:00", refunded_at="2026-10-27 12:00:00",
             sku="kettle", refund_kind="pre_ship"),
]  # fmt: skip

BOT = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
TRAFFIC: list[Row] = [
    _visit(US, "v1", "direct", "2026-10-24 16:00:00"),
    _visit(US, "v2", "paid_search", "2026-10-24 14:00:00"),
    _visit(US, "v2", "direct", "2026-10-24 22:00:00"),
    # begins ten minutes before midnight and goes on after it: a visit of the 24th
    _visit(US, "v3", "paid_search", "2026-10-25 03:50:00", session_id="late"),
    _visit(US, "v3", "paid_search", "2026-10-25 04:10:00", session_id="late"),
    _visit(US, "v9", "direct", "2026-10-24 17:00:00", **BOT),
    _visit(US, "v1", "direct", "2026-10-25 15:00:00"),
    _visit(US, "v4", None, "2026-10-26 15:00:00"),
    _visit(US, "v5", "direct", "2026-10-26 15:00:00"),
    _visit(US, "v9", "direct", "2026-10-27 15:00:00", **BOT),
    _visit(US, "v1", "email", "2026-10-28 15:00:00"),
    # logged a day late
    _visit(US, "v2", "direct", "2026-10-29 15:00:00", received_at="2026-10-30 15:00:00"),
    # logged twice
    _visit(US, "v2", "direct", "2026-10-30 15:00:00"),
    _visit(US, "v2", "direct", "2026-10-30 15:00:00", received_at="2026-10-31 15:00:00"),
    _visit(US, "v6", "direct", "2026-11-01 05:20:00"),
    _visit(US, "v6", "direct", "2026-11-01 06:20:00"),
    _visit(US, "v7", "direct", "2026-11-02 04:50:00"),
    _visit(CN, "w1", "direct", "2026-10-24 10:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-25 04:00:00"),
    _visit(CN, "w2", "live_stream", "2026-10-25 05:00:00"),
    _visit(CN, "w2", "live_stream", "2026-10-25 12:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-26 05:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-28 16:00:00"),
    _visit(CN, "w3", "recommendation", "2026-10-29 15:59:59"),
    _visit(EU, "x1", "organic_search", "2026-10-25 00:20:00"),
    _visit(EU, "x2", "organic_search", "2026-10-25 01:20:00"),
    _visit(EU, "x3", "direct", "2026-10-25 22:50:00"),
    _visit(EU, "x3", "direct", "2026-10-26 10:00:00"),
    _visit(EU, "x4", "direct", "2026-11-01 10:00:00"),
]

# Counted at 23:00 of the store; a day that was not counted has no stock KPI.
INVENTORY: list[Row] = [
    *_stock(US, "2026-10-25 03:00:00", kettle=5, mug=0, lamp=3, sign=0),
    *_stock(US, "2026-10-26 03:00:00", kettle=5, mug=0, lamp=0),
    # there are mugs in the other warehouse
    {**_stock(US, "2026-10-26 03:00:00", mug=2)[0], "warehouse_id": "west"},
    *_stock(US, "2026-11-01 03:00:00", kettle=0, mug=0, lamp=0),
    *_stock(US, "2026-11-02 04:00:00", kettle=1, lamp=1),
    *_stock(CN, "2026-10-25 15:00:00", kettle=0, mug=4),
    *_stock(EU, "2026-10-25 22:00:00", kettle=1),
]

COMPETITOR_PRICES = [
    _offer(US, "alpha", "kettle", "40.00", "2026-10-24 16:00:00"),
    _offer(US, "bravo", "kettle", "62.50", "2026-10-24 16:00:00"),
    # sold out, so no choice; and a price in another currency, so not comparable
    _offer(US, "charlie", "kettle", "10.00", "2026-10-24 16:00:00", is_in_stock=False),
    _offer(US, "alpha", "lamp", "30.00", "2026-10-24 16:00:00", currency="EUR"),
    _offer(US, "alpha", "kettle", "50.00", "2026-10-26 16:00:00"),
    # ours is 55 by now
    _offer(US, "alpha", "kettle", "50.00", "2026-10-28 16:00:00"),
    _offer(EU, "alpha", "kettle", "90.00", "2026-10-26 12:00:00"),
]

FEEDS: dict[str, tuple[str, list[Row]]] = {
    "stores": ("updated_at", STORES),
    "products": ("updated_at", PRODUCTS),
    "fx_rates": ("updated_at", FX_RATES),
    "calendar_events": ("updated_at", []),
    "orders": ("updated_at", ORDERS),
    "order_lines": ("updated_at", ORDER_LINES),
    "refunds": ("updated_at", REFUNDS),
    "traffic": ("received_at", TRAFFIC),
    "inventory": ("snapshot_at", INVENTORY),
    "competitor_prices": ("captured_at", COMPETITOR_PRICES),
}
