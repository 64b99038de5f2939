"""What the KPIs of customers come to in the golden shop.

The repeat rates change on some hundred days, so they are counted here from who bought when, day by
day, which is not how the warehouse does it; four of them are written out besides.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from golden.book import UNKNOWN, Day, Page, Ratio
from golden.shop import CN, EU, FIRST_DAY, US, kpi_days

# The store's own days on which each customer paid an order that counts. Guests are not in it.
BOUGHT = {
    US: {
        "c21": ["2025-11-03", "2025-11-20", "2025-12-20", "2026-01-30", "2026-08-25"],
        "c22": ["2025-11-28"],
        # paid the day after
        "c24": ["2025-12-16"],
        "c25": ["2025-12-16"],
        "c26": ["2026-01-15", "2026-11-10"],
        "c27": ["2026-01-15"],
        # in the last second of the 8th, and one later
        "c28": ["2026-03-08", "2026-03-09"],
        "c29": ["2026-04-14", "2026-06-25"],
        "c30": ["2026-04-15"],
        "c31": ["2026-05-12"],
        "c33": ["2026-05-20"],
        "c34": ["2026-07-20"],
        # the 1st again has 25 hours
        "c1": ["2026-10-24", "2026-10-24", "2026-11-01", "2026-11-02"],
        "c3": ["2026-10-26"],
        "c2": ["2026-10-28"],
        "c35": ["2026-11-11"],
    },
    CN: {
        "b21": ["2025-11-11", "2025-11-11", "2026-02-20", "2026-11-11"],
        # signed for three days after it was ordered
        "b23": ["2025-11-14", "2025-12-20"],
        "b24": ["2026-02-16"],
        "b25": ["2026-02-17"],
        "b26": ["2026-06-17", "2026-06-18"],
        "b27": ["2026-06-18"],
        "b5": ["2026-10-24"],
        "b4": ["2026-10-25"],
        "b1": ["2026-10-29"],
        "b3": ["2026-10-29"],
        "b2": ["2026-10-31"],
    },
    EU: {
        "d21": ["2025-11-10", "2025-12-01", "2026-04-20", "2026-08-12"],
        "d22": ["2025-11-28"],
        "d23": ["2026-01-16"],
        "d24": ["2026-03-29", "2026-03-30"],
        "d25": ["2026-07-14", "2026-07-15"],
        "d1": ["2026-10-25", "2026-10-26"],
        "d2": ["2026-10-25"],
        "d3": ["2026-11-01"],
        "d26": ["2026-11-09"],
    },
}


def _repeat_rate(store: str, day: date, window: int) -> Ratio:
    """Buyers with two orders or more in the window that ends with the day, and all of them."""
    first = day - timedelta(days=window - 1)
    if first < FIRST_DAY[store]:
        return UNKNOWN
    orders = [
        sum(first <= date.fromisoformat(bought) <= day for bought in days)
        for days in BOUGHT[store].values()
    ]
    return sum(number >= 2 for number in orders), sum(number >= 1 for number in orders)


def _with_repeat_rates(store: str, days: list[Day]) -> Iterator[Day]:
    yield from days
    for day in kpi_days(store):
        rates = {f"repeat_rate_{window}d": _repeat_rate(store, day, window)
                 for window in (30, 90, 365)}  # fmt: skip
        yield Day(str(day), **rates)


DAYS = {
    US: [
        # c21, back on the 20th: after 17 days
        Day("2025-11-03", new_buyers=1, retention_30d=(1, 1)),
        Day("2025-11-20", returning_net_sales=2 * 10),
        # c22, and a guest; what comes back of c22's order is no returning buyer's
        Day("2025-11-28", new_buyers=1, guest_orders=1),
        Day("2025-12-16", new_buyers=2),
        Day("2025-12-20", returning_net_sales=30),
        Day("2026-01-15", new_buyers=2),
        Day("2026-01-30", returning_net_sales=10),
        # two guests, and c28, back the day after
        Day("2026-03-08", new_buyers=1, guest_orders=2, retention_30d=(1, 1)),
        Day("2026-03-09", returning_net_sales=10),
        # c29 comes back after 72 days only
        Day("2026-04-14", new_buyers=1),
        Day("2026-04-15", new_buyers=1),
        Day("2026-05-12", new_buyers=1),
        Day("2026-05-20", new_buyers=1),
        # the second order of c29, and what comes back of it
        Day("2026-06-25", returning_net_sales=10),
        Day("2026-07-14", returning_net_sales=-12),
        Day("2026-07-20", new_buyers=1),
        Day("2026-08-25", returning_net_sales=50),
        # c1 twice, which is no return; back on the 1st. us-2 was a guest's
        Day("2026-10-24", new_buyers=1, guest_orders=1, paying_buyers=1 + 1,
            retention_30d=(1, 1)),
        Day("2026-10-25", guest_orders=1),
        Day("2026-10-26", new_buyers=1),
        # c2, whose first order was never paid
        Day("2026-10-28", new_buyers=1),
        # us-10 of c1, when as much comes back as is sold; us-8 and us-9 are guests
        Day("2026-11-01", guest_orders=2, returning_net_sales=10,
            returning_sales_share=(10, 10 + 10 + 10 - 30)),
        Day("2026-11-02", returning_net_sales=10, returning_sales_share=(10, 10)),
        Day("2026-11-10", returning_net_sales=30),
        Day("2026-11-11", new_buyers=1),
    ],
    CN: [
        # b21 twice: paid the rest of cn-21, and cn-23
        Day("2025-11-11", new_buyers=1, paying_buyers=1),
        Day("2025-11-14", new_buyers=1),
        # b23, 36 days later
        Day("2025-12-20", returning_net_sales=70),
        Day("2026-02-16", new_buyers=1),
        Day("2026-02-17", new_buyers=1),
        Day("2026-02-20", returning_net_sales=350),
        # b26, back the day after; then cn-30 of b26 beside cn-31 of b27
        Day("2026-06-17", new_buyers=1, retention_30d=(1, 1)),
        Day("2026-06-18", new_buyers=1, returning_net_sales=350 - 35,
            returning_sales_share=(315, 315 + 420 - 42)),
        Day("2026-10-24", new_buyers=1),
        Day("2026-10-25", new_buyers=1),
        Day("2026-10-29", new_buyers=2),
        Day("2026-10-31", new_buyers=1),
        Day("2026-11-11", returning_net_sales=70),
    ],
    EU: [
        # d21, back after 21 days
        Day("2025-11-10", new_buyers=1, retention_30d=(1, 1)),
        Day("2025-11-28", new_buyers=1),
        Day("2025-12-01", returning_net_sales=2 * 9),
        Day("2026-01-16", new_buyers=1),
        # two guests, and d24, back the day after
        Day("2026-03-29", new_buyers=1, guest_orders=2, retention_30d=(1, 1)),
        Day("2026-03-30", returning_net_sales=9),
        Day("2026-04-20", returning_net_sales=27),
        Day("2026-07-14", new_buyers=1, retention_30d=(1, 1)),
        Day("2026-07-15", returning_net_sales=9),
        # the fourth order of d21, and it comes back
        Day("2026-08-12", returning_net_sales=18),
        Day("2026-08-25", returning_net_sales=-18),
        # d1 and d2, and two guests; d1 is back the day after, and gives that order back
        Day("2026-10-25", new_buyers=2, guest_orders=2, retention_30d=(1, 2)),
        Day("2026-10-26", returning_net_sales=45),
        Day("2026-10-27", returning_net_sales=-45),
        Day("2026-11-01", new_buyers=1),
        Day("2026-11-09", new_buyers=1),
    ],
}  # fmt: skip

PAGE = Page(
    nothing={
        # every order of a guest is a buyer of its own
        "paying_buyers": lambda of: of("paid_orders"),
        "new_buyers": 0,
        "guest_order_share": lambda of: (of("guest_orders"), of("paid_orders")),
        "returning_sales_share": lambda of: (of("returning_net_sales"), of("net_sales")),
        "repeat_rate_30d": UNKNOWN,
        "repeat_rate_90d": UNKNOWN,
        "repeat_rate_365d": UNKNOWN,
        "retention_30d": lambda of: (0, of("new_buyers")),
    },
    parts={"guest_orders": 0, "returning_net_sales": 0},
    days={store: list(_with_repeat_rates(store, days)) for store, days in DAYS.items()},
    money_ratios=frozenset({"returning_sales_share"}),
    all_stores={
        ("new_buyers", "2026-10-24"): 1 + 1,
        ("returning_sales_share", "2026-11-02"): (10 * 7.1, 10 * 7.1),
        # since the 4th of October: c1 twice or more, c2, c3; five in China; d1 twice, d2, d3
        ("repeat_rate_30d", "2026-11-02"): (1 + 0 + 1, 3 + 5 + 3),
        # on the day of c21's third order the second is 30 days old and out of the window
        ("repeat_rate_30d", "2025-12-20"): (0, 4 + 1 + 2),
        # since the 23rd of November: c21 twice, c22, c24 to c27; b21, b23 to b25; d21 to d23
        ("repeat_rate_90d", "2026-02-20"): (1, 6 + 4 + 3),
        # since the 12th of November: c1, c21, c26, c28, c29 of 16; b21, b23, b26 of 11; d1, d21,
        # d24, d25 of 9
        ("repeat_rate_365d", "2026-11-11"): (5 + 3 + 4, 16 + 11 + 9),
    },
    slices={
        # c1 came directly first and by mail later; the guest by search
        ("new_buyers", "2026-10-24", US, "channel"): {"direct": 1},
        ("guest_order_share", "2026-10-24", US, "channel"): {
            "direct": 0, "email": 0, "paid_search": 1,
        },
        ("retention_30d", "2026-10-25", EU, "channel"): {"direct": 1, "referral": 0},
    },
)  # fmt: skip
