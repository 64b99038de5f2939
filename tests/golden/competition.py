"""What rivals of the golden shop ask, and what the KPIs of competition come to."""

from accepted_lake import Row
from golden.book import NONE, Day, Page
from golden.shop import CURRENCY, EU, US


def _offer(store: str, competitor: str, sku: str, price: str, at: str, **said: object) -> Row:
    return {"store_id": store, "competitor": competitor, "competitor_sku": f"{competitor} {sku}",
            "sku": sku, "price": price, "currency": CURRENCY[store], "captured_at": at,
            **said}  # fmt: skip


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

PAGE = Page(
    nothing={"price_index": NONE},
    days={
        US: [
            Day("2026-10-24", price_index=(100 * 50 / 40 + 100 * 50 / 62.50, 2)),
            Day("2026-10-26", price_index=(100 * 50 / 50, 1)),
            Day("2026-10-28", price_index=(100 * 55 / 50, 1)),
        ],
        EU: [Day("2026-10-26", price_index=(100 * 45 / 90, 1))],
    },
    rows={"competitor_prices": COMPETITOR_PRICES},
)
