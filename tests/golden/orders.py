"""Orders, their lines and refunds: what the golden shop sold in its year, and what came back.

Every area's KPIs stand on these rows. The ten days from 2026-10-24 hold most of what can happen to
an order; the year before it holds what needs time.
"""

from collections.abc import Iterator
from decimal import Decimal

from golden.shop import CATEGORY, CN, COSTS, CURRENCY, EU, PRICES, US, restated
from support.accepted_lake import Row

_CLOCKS = ("paid_at", "cancelled_at", "confirmed_at")


def _order(store: str, number: str, created_at: str, **said: object) -> list[Row]:
    """An order as the source says it each time it changes, without what has not happened yet."""
    whole = {
        "store_id": store,
        "order_id": number,
        "currency": CURRENCY[store],
        "created_at": created_at,
        **said,
    }
    states = restated(whole, created_at, _CLOCKS)
    return [
        state if {"paid_at", "confirmed_at"} & set(state) else state | {"paid_amount": "0.00"}
        for state in states
    ]


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
        "unit_cost": COSTS[store].get(sku),
        "created_at": created_at,
        "updated_at": created_at,
        **said,
    }


def _refund(store: str, order: str, amount: str, requested_at: str, **said: object) -> list[Row]:
    whole = {
        "store_id": store,
        "refund_id": f"refund of {order}",
        "order_id": order,
        "currency": CURRENCY[store],
        "amount": amount,
        "requested_at": requested_at,
        **said,
    }
    return restated(whole, requested_at, ("refunded_at",))


def _baskets() -> Iterator[tuple[str, str, str, Row]]:
    for (store, number, created_at), said in SALES.items():
        yield store, number, created_at, said


def _sold(store: str, number: str, created_at: str, said: Row) -> list[Row]:
    """The order of a basket at the store's prices; paid at once if nothing else is said."""
    order = {name: value for name, value in said.items() if name not in CATEGORY}
    goods = sum(Decimal(price) * int(str(said.get(sku, 0))) for sku, price in PRICES[store].items())
    off = sum(Decimal(str(order.get(who, 0))) for who in ("discount_merchant", "discount_platform"))
    paid = {} if order.get("pay_type") == "cod" or "paid_at" in order else {"paid_at": created_at}
    return _order(
        store, number, created_at, goods_amount=goods, **{"paid_amount": goods - off} | paid | order
    )


# (store, order, moment): what was bought of each SKU and by whom. Prices are those of the shop.
SALES: dict[tuple[str, str, str], Row] = {
    # buys again after 17 days, after 47 and 88, and once more in the summer
    (US, "us-21", "2025-11-03 15:00:00"): {"customer_id": "c21", "kettle": 1},
    (US, "us-22", "2025-11-20 15:00:00"): {"customer_id": "c21", "mug": 2},
    # Black Friday: 12 off 80, 8 of it the merchant's; 7.50 off the kettle and 4.50 off the lamp
    (US, "us-23", "2025-11-28 15:00:00"): {
        "customer_id": "c22", "kettle": 1, "lamp": 1, "discount_merchant": "8.00",
        "discount_platform": "4.00"},
    (US, "us-24", "2025-11-28 16:00:00"): {"customer_id": None, "mug": 1},
    # never paid; the seller had none left
    (US, "us-25", "2025-11-29 15:00:00"): {
        "customer_id": "c23", "mug": 3, "paid_at": None, "cancelled_at": "2025-12-01 10:00:00",
        "cancelled_by": "seller", "cancel_reason": "out_of_stock"},
    # paid after 30 hours, and after 24 to the second
    (US, "us-26", "2025-12-15 15:00:00"): {
        "customer_id": "c24", "kettle": 1, "paid_at": "2025-12-16 21:00:00"},
    (US, "us-27", "2025-12-15 16:00:00"): {
        "customer_id": "c25", "lamp": 1, "paid_at": "2025-12-16 16:00:00"},
    (US, "us-28", "2025-12-20 15:00:00"): {"customer_id": "c21", "lamp": 1},
    # one of two kettles comes back after 45 days
    (US, "us-29", "2026-01-15 15:00:00"): {"customer_id": "c26", "kettle": 2},
    # late in the evening of the 15th in New York; comes back after 7 days
    (US, "us-30", "2026-01-16 03:00:00"): {"customer_id": "c27", "mug": 1},
    (US, "us-31", "2026-01-30 15:00:00"): {"customer_id": "c21", "mug": 1},
    # 01:59:59 and the next second, 03:00:00, of the 23-hour day; its last second, and the next day
    (US, "us-32", "2026-03-08 06:59:59"): {"customer_id": None, "mug": 1},
    (US, "us-33", "2026-03-08 07:00:00"): {"customer_id": None, "mug": 1},
    (US, "us-34", "2026-03-09 03:59:59"): {"customer_id": "c28", "mug": 1},
    (US, "us-35", "2026-03-09 04:00:00"): {"customer_id": "c28", "mug": 1},
    # in two parcels
    (US, "us-36", "2026-04-14 15:00:00"): {"customer_id": "c29", "kettle": 1, "lamp": 1},
    # its parcel is lost
    (US, "us-37", "2026-04-15 15:00:00"): {"customer_id": "c30", "lamp": 1},
    # paid, then cancelled by the seller and given back
    (US, "us-38", "2026-05-12 15:00:00"): {
        "customer_id": "c31", "kettle": 1, "cancelled_at": "2026-05-13 15:00:00",
        "cancelled_by": "seller", "cancel_reason": "out_of_stock"},
    # never paid; the buyer thought better of it
    (US, "us-39", "2026-05-12 16:00:00"): {
        "customer_id": "c32", "mug": 1, "paid_at": None, "cancelled_at": "2026-05-12 18:00:00",
        "cancelled_by": "buyer", "cancel_reason": "changed_mind"},
    # nobody knows what its lamp cost
    (US, "us-40", "2026-05-20 15:00:00"): {"customer_id": "c33", "lamp": 1},
    # more is given back than was paid
    (US, "us-41", "2026-06-25 15:00:00"): {"customer_id": "c29", "mug": 1},
    (US, "us-42", "2026-07-20 15:00:00"): {"customer_id": "c34", "mug": 1},
    (US, "us-43", "2026-08-25 15:00:00"): {"customer_id": "c21", "kettle": 1},
    (US, "us-44", "2026-11-10 15:00:00"): {"customer_id": "c26", "lamp": 1},
    (US, "us-45", "2026-11-11 15:00:00"): {"customer_id": "c35", "mug": 2},
    # presale: 30 deposit on the 5th; one pays the rest on the 11th, one never, and is closed
    (CN, "cn-21", "2025-11-05 04:00:00"): {
        "customer_id": "b21", "lamp": 1, "is_presale": True, "deposit_amount": "30.00",
        "deposit_paid_at": "2025-11-05 04:00:00", "paid_at": "2025-11-11 04:00:00",
        "discount_platform": "10.00"},
    (CN, "cn-22", "2025-11-05 05:00:00"): {
        "customer_id": "b22", "lamp": 1, "is_presale": True, "deposit_amount": "30.00",
        "deposit_paid_at": "2025-11-05 05:00:00", "paid_at": None,
        "cancelled_at": "2025-11-12 04:00:00", "cancelled_by": "system"},
    # 双11, from both purses
    (CN, "cn-23", "2025-11-11 04:30:00"): {
        "customer_id": "b21", "mug": 2, "discount_merchant": "14.00",
        "discount_platform": "7.00"},
    # cash on delivery, signed for on the 14th
    (CN, "cn-24", "2025-11-11 05:00:00"): {
        "customer_id": "b23", "kettle": 1, "pay_type": "cod",
        "confirmed_at": "2025-11-14 04:00:00"},
    (CN, "cn-25", "2025-12-20 04:00:00"): {"customer_id": "b23", "mug": 1},
    # the last second of the old year in Shanghai, and the first of the new (春节 2026-02-17)
    (CN, "cn-26", "2026-02-16 15:59:59"): {"customer_id": "b24", "mug": 1},
    (CN, "cn-27", "2026-02-16 16:00:00"): {"customer_id": "b25", "mug": 1},
    (CN, "cn-28", "2026-02-20 04:00:00"): {"customer_id": "b21", "kettle": 1},
    # 618 and the evening before; one of two lamps comes back after 7 days
    (CN, "cn-29", "2026-06-17 15:30:00"): {"customer_id": "b26", "mug": 1},
    (CN, "cn-30", "2026-06-18 04:00:00"): {
        "customer_id": "b26", "kettle": 1, "discount_platform": "35.00"},
    (CN, "cn-31", "2026-06-18 05:00:00"): {
        "customer_id": "b27", "lamp": 2, "discount_merchant": "42.00"},
    # cash on delivery, refused after two weeks
    (CN, "cn-32", "2026-08-10 04:00:00"): {
        "customer_id": "b28", "mug": 2, "pay_type": "cod", "cancelled_at": "2026-08-25 04:00:00",
        "cancelled_by": "buyer", "cancel_reason": "refused"},
    (CN, "cn-33", "2026-11-11 04:00:00"): {"customer_id": "b21", "mug": 1},
    (EU, "eu-21", "2025-11-10 10:00:00"): {"customer_id": "d21", "kettle": 1},
    (EU, "eu-22", "2025-11-28 10:00:00"): {"customer_id": "d22", "lamp": 1},
    (EU, "eu-23", "2025-12-01 10:00:00"): {"customer_id": "d21", "mug": 2},
    (EU, "eu-24", "2026-01-16 10:00:00"): {"customer_id": "d23", "mug": 1},
    # 01:59:59 and the next second, 03:00:00, of the 23-hour day; its last second, and the next day
    (EU, "eu-25", "2026-03-29 00:59:59"): {"customer_id": None, "mug": 1},
    (EU, "eu-26", "2026-03-29 01:00:00"): {"customer_id": None, "mug": 1},
    (EU, "eu-27", "2026-03-29 21:59:59"): {"customer_id": "d24", "kettle": 1},
    (EU, "eu-28", "2026-03-29 22:00:00"): {"customer_id": "d24", "mug": 1},
    (EU, "eu-29", "2026-04-20 10:00:00"): {"customer_id": "d21", "lamp": 1},
    (EU, "eu-30", "2026-07-14 10:00:00"): {"customer_id": "d25", "kettle": 1},
    (EU, "eu-31", "2026-07-15 10:00:00"): {"customer_id": "d25", "mug": 1},
    # comes back whole, no line named
    (EU, "eu-32", "2026-08-12 10:00:00"): {"customer_id": "d21", "mug": 2},
    (EU, "eu-33", "2026-11-09 10:00:00"): {"customer_id": "d26", "lamp": 1},
}  # fmt: skip

ORDERS: list[Row] = [
    *(state for sale in _baskets() for state in _sold(*sale)),
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
            cancelled_by="system", goods_amount="50.00"),
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
            channel="recommendation", pay_type="cod", cancelled_by="buyer",
            goods_amount="70.00"),
    *_order(CN, "cn-5", "2026-10-24 20:00:00", paid_at="2026-10-24 20:00:00", customer_id="b4",
            goods_amount="70.00", paid_amount="70.00"),
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
            cancelled_at="2026-10-27 09:00:00", cancelled_by="buyer", goods_amount="45.00",
            paid_amount="45.00"),
    *_order(EU, "eu-5", "2026-10-24 22:30:00", paid_at="2026-10-24 22:30:00", customer_id="d2",
            channel="referral", goods_amount="27.00", paid_amount="27.00"),
    # on a day without a rate for the euro
    *_order(EU, "eu-6", "2026-11-01 10:00:00", paid_at="2026-11-01 10:00:00", customer_id="d3",
            goods_amount="27.00", paid_amount="27.00"),
]  # fmt: skip

ORDER_LINES: list[Row] = [
    *(
        _line(store, number, sku, quantity, PRICES[store][sku])
        | ({"unit_cost": None} if number == "us-40" else {})
        for store, number, _, said in _baskets()
        for sku, quantity in said.items()
        if sku in CATEGORY and isinstance(quantity, int)
    ),
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
    # both lines of us-23, one of them in part
    *_refund(US, "us-23", "20.00", "2025-11-30 15:00:00", refunded_at="2025-12-01 15:00:00",
             refund_id="kettle of us-23", sku="kettle", refund_kind="refund_only"),
    *_refund(US, "us-23", "25.50", "2025-11-30 15:00:00", refunded_at="2025-12-02 15:00:00",
             refund_id="lamp of us-23", sku="lamp", category="home"),
    # after 45 days
    *_refund(US, "us-29", "50.00", "2026-02-20 15:00:00", refunded_at="2026-03-01 15:00:00",
             sku="kettle"),
    # paid late on the 15th, given back on the 22nd: after 7 days
    *_refund(US, "us-30", "10.00", "2026-01-20 15:00:00", refunded_at="2026-01-22 15:00:00",
             sku="mug"),
    *_refund(US, "us-37", "30.00", "2026-05-01 15:00:00", refunded_at="2026-05-12 15:00:00",
             sku="lamp", category="home", refund_kind="refund_only", reason_code="lost"),
    *_refund(US, "us-38", "50.00", "2026-05-13 15:00:00", refunded_at="2026-05-13 15:00:00",
             sku="kettle", refund_kind="pre_ship"),
    # 12 for a mug of 10
    *_refund(US, "us-41", "12.00", "2026-07-10 15:00:00", refunded_at="2026-07-14 15:00:00",
             sku="mug"),
    # 210 less its 21 of discount
    *_refund(CN, "cn-31", "189.00", "2026-06-20 04:00:00", refunded_at="2026-06-25 04:00:00",
             sku="lamp", category="home"),
    *_refund(EU, "eu-32", "18.00", "2026-08-20 10:00:00", refunded_at="2026-08-25 10:00:00",
             sku=None, category=None, line_kind=None, order_line_id=None),
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

ROWS = {"orders": ORDERS, "order_lines": ORDER_LINES, "refunds": REFUNDS}
