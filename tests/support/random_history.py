"""Random histories of a small shop: the same facts late, again, restated, in any order.

What happened is fixed by a record's number (an event's moment); its other values differ from window
to window, as they do when a shop's rows change after the fact. An order may turn out to be a test
or worth nothing, and some even change the moment of their creation, against the data contract.
"""

from datetime import datetime, timedelta
from random import Random

from storepulse.lake.check_counts import Checks
from support.accepted_lake import AcceptedLake, Row

# New York leaves summer time on the third of these days.
_FIRST_DAY = datetime(2026, 10, 30)
_DAYS = 8
_STORES = {"us_site": ("America/New_York", "USD"), "cn_market": ("Asia/Shanghai", "CNY")}
# from a Monday and before the month, so that there are whole weeks, a whole month and 30 days to
# look back on
_BEFORE = ("2026-09-27", "2026-11-01")
_WINDOWS = [(f"2026-11-{day:02d}", f"2026-11-{day + 1:02d}") for day in range(1, 8)]

# A month of which something is known from its first day to its last.
_OF_OCTOBER: dict[str, list[Row]] = {
    "products": [{"sku": "jug", "updated_at": "2026-09-28 12:00:00"}],
    "orders": [
        {"order_id": "october", "customer_id": "customer-0", "created_at": "2026-10-05 15:00:00",
         "paid_at": "2026-10-05 15:00:00", "goods_amount": "20.00", "paid_amount": "20.00"}
    ],
    "order_lines": [
        {"order_id": "october", "order_line_id": "of october", "sku": "jug",
         "created_at": "2026-10-05 15:00:00"}
    ],
    "refunds": [
        {"refund_id": "of october", "order_id": "october", "order_line_id": "of october",
         "amount": "3.00", "requested_at": "2026-10-08 15:00:00",
         "refunded_at": "2026-10-09 15:00:00"}
    ],
    "inventory": [
        {"sku": "jug", "available": 5, "on_hand": 5, "snapshot_at": f"2026-10-{day:02d} 22:00:00"}
        for day in range(5, 26)
    ],
    "purchase_orders": [
        {"po_line_id": f"of october {day}", "sku": "jug", "status": "received", "qty_ordered": 5,
         "qty_received": 5, "ordered_at": f"2026-10-{day:02d} 09:00:00",
         "received_at": f"2026-10-{2 * day:02d} 09:00:00"}
        for day in range(1, 6)
    ],
    "targets": [{"target_date": "2026-10-05", "value": "100.00"}],
    "budgets": [{"budget_date": "2026-10-05"}],
}  # fmt: skip


class History:
    """Writes random windows of every feed to a lake."""

    def __init__(self, lake: AcceptedLake, seed: int) -> None:
        self.lake = lake
        self.random = Random(seed)
        self.updates = 0
        self.row_makers = {
            "products": self._product,
            "fx_rates": self._fx_rate,
            "orders": self._order,
            "order_lines": self._order_line,
            "refunds": self._refund,
            "traffic": self._event,
            "inventory": self._count,
            "competitor_prices": self._capture,
            "tickets": self._ticket,
            "reviews": self._review,
            "ads": self._ad,
            "fees": self._fee,
            "checkouts": self._cart_step,
            "shipments": self._parcel,
            "purchase_orders": self._purchase,
            "targets": self._target,
            "budgets": self._budget,
            "platform_reports": self._platform_report,
        }

    def begin(self) -> None:
        """Open the stores and write a long first window of every feed."""
        stores = [
            {"store_id": store, "timezone": zone, "currency": currency}
            for store, (zone, currency) in _STORES.items()
        ]
        self.lake.accept("stores", stores, *_BEFORE)
        self.lake.accept("calendar_events", [{}], *_BEFORE)
        for feed, make_row in self.row_makers.items():
            rows = 4 if feed in {"products", "fx_rates"} else 30
            made = [make_row() for _ in range(rows)]
            self.lake.accept(feed, made + _OF_OCTOBER.get(feed, []), *_BEFORE)

    def go_on(self, windows: int, *feeds: str) -> None:
        """Write some windows, some of them again; now and then one is lost.

        Args:
            windows: how many.
            feeds: of the windows; any feed if none is named. A build caused by only one feed shows
                which days of the others' facts depend on it.
        """
        for _ in range(windows):
            feed = self.random.choice(feeds or list(self.row_makers))
            rows = [self.row_makers[feed]() for _ in range(self.random.choice([0, 1, 1, 2]))]
            window = self.random.choice(_WINDOWS)
            place = self.lake.accept(feed, rows, *window, checks=self._checks())
            if self.random.random() < 0.1:
                self.lake.remove(place)

    def _checks(self) -> Checks | None:
        """The check counts of a window, unknown for some; drawn from no random number."""
        found = Checks(20, 20 - self.updates % 3, 5, 5 - self.updates % 2, self.updates % 5 % 2)
        return found if self.updates % 7 else None

    def _moment(self, number: int) -> str:
        """The moment a record is about: fixed by its number."""
        fixed = Random(number)
        # close to midnight in UTC, in New York and in Shanghai, or anywhere
        minutes = fixed.choice([-1, 1, 200, 300, 950, 1000, fixed.randrange(1440)])
        day = fixed.randrange(_DAYS)
        return f"{_FIRST_DAY + timedelta(days=day, minutes=minutes):%Y-%m-%d %H:%M:%S}"

    def _later(self) -> str:
        """A moment that differs each time: mostly newer than the last one, sometimes older."""
        self.updates += 1
        newest = self.updates * 20
        minutes = self.random.choice([newest, newest, self.random.randrange(newest)])
        return f"{_FIRST_DAY + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"

    def _maybe(self) -> str | None:
        return self.random.choice([None, self._later()])

    def _store(self, number: int) -> Row:
        store = list(_STORES)[number % 2]
        return {"store_id": store, "currency": _STORES[store][1]}

    def _amount(self) -> str:
        return f"{self.random.randrange(3000) / 100:.2f}"

    def _order(self) -> Row:
        number = self.random.randrange(12)
        moved = 500 if number % 4 == 0 and self.random.random() < 0.3 else 0
        return self._store(number) | {
            "order_id": f"order-{number}",
            "created_at": self._moment(moved + number),
            "updated_at": self._later(),
            "paid_at": self._maybe(),
            "confirmed_at": self._maybe(),
            "cancelled_at": self.random.choice([None, None, self._later()]),
            "pay_type": self.random.choice(["online", "cod"]),
            "channel": self.random.choice(["direct", "email"]),
            # one has no account, or none yet
            "customer_id": self.random.choice([None, *[f"customer-{number % 3}"] * 3]),
            "is_test": self.random.random() < 0.1,
            "paid_amount": self._amount(),
            "goods_amount": self._amount(),
            # now and then as much as the goods are worth
            "discount_merchant": self.random.choice(["0.00", "0.00", self._amount()]),
        }

    def _order_line(self) -> Row:
        number = self.random.randrange(12)
        return self._store(number) | {
            "order_id": f"order-{number}",
            "order_line_id": str(self.random.randrange(3)),
            "created_at": self._moment(number),
            "updated_at": self._later(),
            "category": self.random.choice(["kitchen", "toys"]),
            "line_kind": self.random.choice(["goods", "goods", "shipping"]),
            "quantity": self.random.randrange(1, 4),
            "unit_price": self._amount(),
        }

    def _refund(self) -> Row:
        number = self.random.randrange(8)
        return self._store(number) | {
            "refund_id": f"refund-{number}",
            # one has no order, one is of an order that is missing
            "order_id": {3: None, 4: "order-of-old"}.get(number, f"order-{number}"),
            "requested_at": self._moment(100 + number),
            "refunded_at": self._maybe(),
            "updated_at": self._later(),
            "amount": self._amount(),
        }

    def _event(self) -> Row:
        number = self.random.randrange(60)
        # most visits begin before a UTC midnight; an event follows minutes later, or the next day
        session = number % 6
        start = _FIRST_DAY + timedelta(days=session, hours=23 if session else 12, minutes=40)
        step = Random(number).choice([0, 5, 10, 25, 30, 50, 60, 1440])
        return {
            "store_id": self._store(session)["store_id"],
            "event_id": f"event-{number}",
            "session_id": f"session-{session}",
            "visitor_id": f"visitor-{session % 3}",
            "event_type": self.random.choice(["page_view", "product_view", "purchase"]),
            "sku": Random(number).choice(["sku-0", "sku-1", None]),
            "channel": self.random.choice(["direct", "email"]),
            "user_agent": self.random.choice(["Mozilla/5.0", "Mozilla/5.0", "Googlebot"]),
            "occurred_at": f"{start + timedelta(minutes=step):%Y-%m-%d %H:%M:%S}",
            "received_at": self._later(),
        }

    def _cart_step(self) -> Row:
        number = self.random.randrange(60)
        # carts begin around a UTC midnight; a step follows minutes or just about a day later
        cart = number % 6
        start = _FIRST_DAY + timedelta(days=cart, hours=23, minutes=55)
        fixed = Random(number)
        step = fixed.choice([0, 2, 10, 1440, 1441])
        kinds = ["checkout_started", "payment_started", "payment_failed", "paid", "abandoned"]
        kind = "cart_created" if number < 12 else fixed.choice(kinds)
        return self._store(cart) | {
            "event_id": f"step-{number}",
            "cart_id": f"cart-{cart}",
            "checkout_id": None if kind in {"cart_created", "abandoned"} else f"checkout-{cart}",
            "event_type": kind,
            "pay_type": fixed.choice(["online", "cod"]) if kind.startswith("pa") else None,
            "cart_value": self._amount(),
            "occurred_at": f"{start + timedelta(minutes=step):%Y-%m-%d %H:%M:%S}",
            "received_at": self._later(),
        }

    def _sku(self) -> str:
        return f"sku-{self.random.randrange(3)}"

    def _count(self) -> Row:
        number = self.random.randrange(20)
        return self._store(number) | {
            "warehouse_id": f"warehouse-{number % 3}",
            "sku": self._sku(),
            "on_hand": self.random.randrange(5),
            "available": self.random.randrange(5),
            "snapshot_at": self._moment(300 + number),
        }

    def _capture(self) -> Row:
        number = self.random.randrange(10)
        return self._store(number) | {
            "competitor_sku": f"competitor-{number}",
            "sku": Random(number).choice(["sku-0", "sku-1", None]),
            "price": f"{self.random.randrange(100, 3000) / 100:.2f}",
            "is_in_stock": self.random.random() < 0.8,
            "match_confidence": self.random.choice([None, "0.90", "0.50"]),
            "captured_at": self._moment(400 + number),
        }

    def _ticket(self) -> Row:
        number = self.random.randrange(10)
        return self._of_store(number) | {
            "ticket_id": f"ticket-{number}",
            "order_id": {3: None, 4: "order-of-old"}.get(number, f"order-{number}"),
            "kind": self.random.choice(["inquiry", "complaint", "dispute"]),
            "is_escalated": self.random.random() < 0.5,
            "csat": self.random.choice([None, "good", "bad"]),
            # some change the moment of their creation, against the data contract
            "created_at": self._moment(self.random.choice([600, 600, 900]) + number),
            "first_reply_at": "2026-11-12 00:00:00" if self.random.random() < 0.5 else None,
            "updated_at": self._later(),
        }

    def _review(self) -> Row:
        number = self.random.randrange(10)
        return self._of_store(number) | {
            "review_id": f"review-{number}",
            "order_id": f"order-{number}",
            "sku": self._sku(),
            "stars": self.random.randrange(1, 6),
            "is_negative": self.random.random() < 0.5,
            "created_at": self._moment(self.random.choice([700, 700, 800]) + number),
            "updated_at": self._later(),
        }

    def _of_store(self, number: int) -> Row:
        return {"store_id": self._store(number)["store_id"]}

    def _ad(self) -> Row:
        number = self.random.randrange(12)
        # one account of the Chinese shop is billed in dollars
        currency = {"currency": "USD"} if number % 4 == 1 else {}
        return (
            self._store(number)
            | currency
            | {
                "account_id": f"account-{number % 4}",
                "report_date": self._moment(500 + number)[:10],
                "channel": self.random.choice(["paid_search", "social"]),
                "spend": self._amount(),
                "clicks": self.random.choice([None, 20]),
                "conversion_value": self.random.choice([None, self._amount()]),
                "updated_at": self._later(),
            }
        )

    def _fee(self) -> Row:
        number = self.random.randrange(12)
        moved = 500 if number % 4 == 0 and self.random.random() < 0.3 else 0
        currency = {"currency": "USD"} if number % 4 == 1 else {}
        return (
            self._store(number)
            | currency
            | {
                "fee_id": f"fee-{number}",
                "order_id": self.random.choice([None, f"order-{number}"]),
                "fee_type": self.random.choice(["payment", "storage", "platform_commission"]),
                "amount": f"{self.random.randrange(-500, 3000) / 100:.2f}",
                "charged_at": self._moment(moved + 600 + number),
                "settled_at": self._maybe(),
                "updated_at": self._later(),
            }
        )

    def _parcel(self) -> Row:
        number = self.random.randrange(14)
        moved = 500 if number % 5 == 0 and self.random.random() < 0.3 else 0
        return self._store(number) | {
            "shipment_id": f"parcel-{number}",
            # the last two orders have two
            "order_id": f"order-{number if number < 12 else number - 2}",
            "carrier": self.random.choice(["blueline", "redwing"]),
            "tracking_no": self.random.choice([None, f"track-{number}"]),
            "status": self.random.choice(["created", "in_transit", "delivered", "lost"]),
            "freight_cost": self.random.choice([None, self._amount()]),
            "promised_ship_at": self._maybe(),
            "shipped_at": self._maybe(),
            "first_scan_at": self._maybe(),
            "delivered_at": self._maybe(),
            "created_at": self._moment(600 + moved + number),
            "updated_at": self._later(),
        }

    def _purchase(self) -> Row:
        number = self.random.randrange(24)
        return self._store(number) | {
            "po_line_id": f"purchase-{number}",
            "sku": f"sku-{number % 3}",
            "status": self.random.choice(["open", "received", "received", "received"]),
            "qty_ordered": self.random.randrange(1, 9),
            "qty_received": self.random.randrange(5),
            # so early that lead times are known on some of the days that are whole
            "ordered_at": f"{_FIRST_DAY - timedelta(days=3, hours=number):%Y-%m-%d %H:%M:%S}",
            "received_at": self._received(),
            "updated_at": self._later(),
        }

    def _received(self) -> str:
        moment = _FIRST_DAY + timedelta(hours=self.random.randrange(-48, 72))
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    def _target(self) -> Row:
        number = self.random.randrange(12)
        return self._store(number) | {
            "metric": self.random.choice(["net_sales", "paid_orders"]),
            "target_date": f"2026-{10 + number % 2}-{1 + self.random.randrange(28):02d}",
            "value": self._amount(),
            "updated_at": self._later(),
        }

    def _budget(self) -> Row:
        number = self.random.randrange(12)
        return self._store(number) | {
            "scope": self.random.choice(["all", "searchads", "socialads"]),
            "budget_date": f"2026-{10 + number % 2}-{1 + self.random.randrange(28):02d}",
            "amount": self._amount(),
            "updated_at": self._later(),
        }

    def _platform_report(self) -> Row:
        number = self.random.randrange(24)
        # one platform of the Chinese shop reports in dollars
        currency = {"currency": "USD"} if number % 4 == 1 else {}
        return (
            self._store(number)
            | currency
            | {
                "variant": Random(number).choice(["paid_gmv_sycm", "net_sales_shopify"]),
                "report_date": self._moment(number % 6)[:10],
                # more may come back on a day than is sold, or nothing happen
                "amount": self.random.choice(["0.00", "-5.00", self._amount(), self._amount()]),
                "updated_at": self._later(),
            }
        )

    def _product(self) -> Row:
        return self._store(self.random.randrange(2)) | {
            "sku": self._sku(),
            "category": self.random.choice(["kitchen", "toys"]),
            "status": self.random.choice(["live", "live", "off"]),
            "price": self._amount(),
            "listed_at": "2026-10-01 00:00:00",
            "updated_at": self._later(),
        }

    def _fx_rate(self) -> Row:
        day = _FIRST_DAY + timedelta(days=self.random.randrange(-2, _DAYS, 3))
        return {
            "rate_date": f"{day:%Y-%m-%d}",
            "rate": f"7.{self.random.randrange(100):02d}",
            "updated_at": self._later(),
        }
