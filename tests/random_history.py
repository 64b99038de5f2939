"""Random histories of a small shop: the same facts told late, again, restated, in any order.

What happened is fixed by a record's number (an event's moment); what is told about it differs from
window to window, as it does when a shop's rows change after the fact. An order may turn out to be a
test or worth nothing, and some even change the moment of their creation, against the promise.
"""

# ruff: noqa: S311 - nothing here is secret
from datetime import datetime, timedelta
from random import Random

from accepted_lake import AcceptedLake, Row

# New York leaves summer time on the third of these days.
_FIRST_DAY = datetime(2026, 10, 30)
_DAYS = 8
_STORES = {"us_site": ("America/New_York", "USD"), "cn_market": ("Asia/Shanghai", "CNY")}
_BEFORE = ("2026-10-28", "2026-11-01")
_WINDOWS = [(f"2026-11-{day:02d}", f"2026-11-{day + 1:02d}") for day in range(1, 8)]


class History:
    """Tells random windows of every feed to a lake."""

    def __init__(self, lake: AcceptedLake, seed: int) -> None:
        self.lake = lake
        self.random = Random(seed)
        self.told = 0
        self.tellers = {
            "products": self._product,
            "fx_rates": self._fx_rate,
            "orders": self._order,
            "order_lines": self._order_line,
            "refunds": self._refund,
            "traffic": self._event,
            "inventory": self._count,
            "competitor_prices": self._capture,
        }

    def begin(self) -> None:
        """Open the stores and tell a long first window of every feed."""
        stores = [
            {"store_id": store, "timezone": zone, "currency": currency}
            for store, (zone, currency) in _STORES.items()
        ]
        self.lake.accept("stores", stores, *_BEFORE)
        for feed, tell in self.tellers.items():
            rows = 4 if feed in {"products", "fx_rates"} else 30
            self.lake.accept(feed, [tell() for _ in range(rows)], *_BEFORE)

    def go_on(self, windows: int, *feeds: str) -> None:
        """Tell some windows, again those told before; now and then one is lost.

        Args:
            windows: how many.
            feeds: what they are of, any feed if nothing is named. A build that only one feed asks
                for shows which days the others' facts owe to it.
        """
        for _ in range(windows):
            feed = self.random.choice(feeds or list(self.tellers))
            rows = [self.tellers[feed]() for _ in range(self.random.choice([0, 1, 1, 2]))]
            place = self.lake.accept(feed, rows, *self.random.choice(_WINDOWS))
            if self.random.random() < 0.1:
                self.lake.reject(place)

    def _moment(self, number: int) -> str:
        """The moment a record is about: fixed by its number."""
        fixed = Random(number)
        # close to midnight in UTC, in New York and in Shanghai, or anywhere
        minutes = fixed.choice([-1, 1, 200, 300, 950, 1000, fixed.randrange(1440)])
        day = fixed.randrange(_DAYS)
        return f"{_FIRST_DAY + timedelta(days=day, minutes=minutes):%Y-%m-%d %H:%M:%S}"

    def _later(self) -> str:
        """A moment that is told differently each time: mostly news, sometimes an old story."""
        self.told += 1
        news = self.told * 20
        minutes = self.random.choice([news, news, self.random.randrange(news)])
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
            "cancelled_at": self._maybe(),
            "pay_type": self.random.choice(["online", "cod"]),
            "channel": self.random.choice(["direct", "email"]),
            "is_test": self.random.random() < 0.1,
            "paid_amount": self._amount(),
            "goods_amount": self._amount(),
            "discount_merchant": self._amount(),
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
            # one is not linked, one is of an order that nobody tells of
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
            "channel": self.random.choice(["direct", "email"]),
            "user_agent": self.random.choice(["Mozilla/5.0", "Mozilla/5.0", "Googlebot"]),
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
            "competitor_sku": f"rival-{number}",
            "sku": Random(number).choice(["sku-0", "sku-1", None]),
            "price": f"{self.random.randrange(100, 3000) / 100:.2f}",
            "captured_at": self._moment(400 + number),
        }

    def _product(self) -> Row:
        return self._store(self.random.randrange(2)) | {
            "sku": self._sku(),
            "category": self.random.choice(["kitchen", "toys"]),
            "status": self.random.choice(["live", "off"]),
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
