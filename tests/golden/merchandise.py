"""What the KPIs of merchandise come to in the golden shop.

Its visits are in `traffic.py`, its reviews in `service.py`.
"""

from datetime import date, timedelta

from golden.book import NONE, Day, Page
from golden.shop import CN, EU, FIRST_DAY, STORES, US, kpi_days

# Days on which a SKU was sold.
SOLD: dict[str, dict[str, list[str]]] = {
    US: {
        # us-21, us-23, us-26, us-29, us-36, us-38, us-43, us-1
        "kettle": ["2025-11-03", "2025-11-28", "2025-12-16", "2026-01-15", "2026-04-14",
                   "2026-05-12", "2026-08-25", "2026-10-24"],
        # us-22, us-24, us-30, us-31, us-32, us-35, us-41, us-42, us-1, us-7, us-13, us-8, us-11,
        # us-45
        "mug": ["2025-11-20", "2025-11-28", "2026-01-15", "2026-01-30", "2026-03-08", "2026-03-09",
                "2026-06-25", "2026-07-20", "2026-10-24", "2026-10-26", "2026-10-28", "2026-11-01",
                "2026-11-02", "2026-11-11"],
        # us-23, us-27, us-28, us-36, us-37, us-40, us-2, us-3, us-44
        "lamp": ["2025-11-28", "2025-12-16", "2025-12-20", "2026-04-14", "2026-04-15",
                 "2026-05-20", "2026-10-24", "2026-10-25", "2026-11-10"],
    },
    CN: {
        # cn-24, cn-28, cn-30, cn-1
        "kettle": ["2025-11-14", "2026-02-20", "2026-06-18", "2026-10-29"],
        # cn-23, cn-25, cn-26, cn-27, cn-29, cn-6, cn-5, cn-3, cn-33
        "mug": ["2025-11-11", "2025-12-20", "2026-02-16", "2026-02-17", "2026-06-17", "2026-10-24",
                "2026-10-25", "2026-10-29", "2026-11-11"],
        # cn-21, cn-31, cn-2
        "lamp": ["2025-11-11", "2026-06-18", "2026-10-31"],
    },
    EU: {
        # eu-21, eu-27, eu-30, eu-3, eu-4
        "kettle": ["2025-11-10", "2026-03-29", "2026-07-14", "2026-10-25", "2026-10-26"],
        # eu-23, eu-24, eu-25, eu-28, eu-31, eu-32, eu-1
        "mug": ["2025-12-01", "2026-01-16", "2026-03-29", "2026-03-30", "2026-07-15", "2026-08-12",
                "2026-10-25"],
        # eu-22, eu-29, eu-5, eu-6, eu-33
        "lamp": ["2025-11-28", "2026-04-20", "2026-10-25", "2026-11-01", "2026-11-09"],
    },
}  # fmt: skip


def _active(store: str, day: date) -> int:
    """SKUs sold in the 30 days that end with this one."""
    first = str(day - timedelta(days=29))
    return sum(any(first <= sold <= str(day) for sold in days) for days in SOLD[store].values())


def _selling(store: str) -> list[Day]:
    """Of three SKUs on sale; not said before 30 days are known."""
    known = FIRST_DAY[store] + timedelta(days=29)
    return [
        Day(str(day), sell_active_rate=(_active(store, day), 3))
        for day in kpi_days(store)
        if day >= known
    ]


HAPPENED: dict[str, list[Day]] = {
    US: [
        # kettle and lamp of us-23, the mug of us-24; kettle and lamp of us-36
        Day("2025-11-28", product_conversion=(2 + 1, 0)),
        Day("2026-04-14", product_conversion=(2, 0)),
        # r-1, r-4, r-5
        Day("2026-02-01", average_rating=(1 + 2 + 5, 3), negative_review_rate=(2, 3)),
        # r-2 in the last second of the 16th in New York, r-3 a second later
        Day("2026-03-16", average_rating=(1, 1), negative_review_rate=(1, 1)),
        Day("2026-03-17", average_rating=(2, 1), negative_review_rate=(1, 1)),
        # c1 the kettle and, twice, the mug; a guest the lamp. v1 and v2 looked at the kettle,
        # the bot does not count
        Day("2026-10-24", product_conversion=(1 + 1 + 1, 2)),
        Day("2026-10-25", page_visitors=1),
        # with stock and sold within 60 days: kettles and lamps; kettles and mugs; kettles and lamps
        Day("2026-10-24", dead_stock_share=(0, 2)),
        Day("2026-10-25", dead_stock_share=(0, 2)),
        Day("2026-11-01", dead_stock_share=(0, 2)),
        # mugs and lamps; nobody ever bought a sign
        Day("2026-11-11", dead_stock_share=(1, 3)),
    ],
    CN: [Day("2026-10-25", dead_stock_share=(0, 1))],
    EU: [Day("2026-10-25", dead_stock_share=(0, 1))],
}

PAGE = Page(
    nothing={
        "average_rating": NONE,
        "negative_review_rate": NONE,
        "sell_active_rate": NONE,
        "dead_stock_share": NONE,
        # nearly every order is of one product, and few visits look at one
        "product_conversion": lambda of: (of("paid_orders"), of("page_visitors")),
    },
    # the warehouse in New York has counted nothing since
    unreported={(US, "2026-11-12"): {"dead_stock_share": (None, None)}},
    parts={"page_visitors": 0},
    days={store: [*HAPPENED.get(store, []), *_selling(store)] for store in STORES},
    slices={
        # nobody says what r-5 is about
        ("average_rating", "2026-02-01", US, "category"): {"kitchen": (1 + 2) / 2, "unknown": 5},
        ("negative_review_rate", "2026-02-01", US, "category"): {"kitchen": 2 / 2, "unknown": 0},
        ("product_conversion", "2026-10-24", US, "category"): {"kitchen": 2 / 2, "home": None},
    },
)
