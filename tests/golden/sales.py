"""What the KPIs of sales and refunds come to in the golden shop; its orders are in `orders.py`."""

from golden.book import Day, Page
from golden.shop import CN, EU, US

PAGE = Page(
    nothing={
        "paid_orders": 0,
        "paid_gmv": 0,
        "gross_sales": 0,
        "refund_value": 0,
        "net_sales": lambda of: of("gross_sales") - of("discounts") - of("refund_value"),
        "units_sold": 0,
        "aov": lambda of: (of("gross_sales") - of("discounts"), of("paid_orders")),
    },
    parts={"discounts": 0},
    days={
        US: [
            # us-21
            Day("2025-11-03", paid_orders=1, paid_gmv=50, gross_sales=50, units_sold=1),
            # us-22
            Day("2025-11-20", paid_orders=1, paid_gmv=20, gross_sales=2 * 10, units_sold=2),
            # us-23 and us-24
            Day("2025-11-28", paid_orders=2, paid_gmv=50 + 30 - 8 - 4 + 10,
                gross_sales=50 + 30 + 10, discounts=8 + 4, units_sold=1 + 1 + 1),
            # us-23 comes back, in two parts
            Day("2025-12-01", refund_value=20, net_sales=-20),
            Day("2025-12-02", refund_value=30 - 4.50),
            # us-26 and us-27, placed the day before
            Day("2025-12-16", paid_orders=2, paid_gmv=50 + 30, gross_sales=50 + 30, units_sold=2),
            # us-28
            Day("2025-12-20", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-29 and us-30
            Day("2026-01-15", paid_orders=2, paid_gmv=2 * 50 + 10, gross_sales=2 * 50 + 10,
                units_sold=2 + 1),
            # us-30 comes back
            Day("2026-01-22", refund_value=10),
            # us-31
            Day("2026-01-30", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # a kettle of us-29 comes back
            Day("2026-03-01", refund_value=50),
            # us-32, us-33, us-34
            Day("2026-03-08", paid_orders=3, paid_gmv=10 + 10 + 10, gross_sales=10 + 10 + 10,
                units_sold=3),
            # us-35
            Day("2026-03-09", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # us-36
            Day("2026-04-14", paid_orders=1, paid_gmv=50 + 30, gross_sales=50 + 30, units_sold=2),
            # us-37
            Day("2026-04-15", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-38; us-37 is given back
            Day("2026-05-12", paid_orders=1, paid_gmv=50, gross_sales=50, refund_value=30,
                net_sales=50 - 30, units_sold=1),
            # us-38 is given back
            Day("2026-05-13", refund_value=50),
            # us-40
            Day("2026-05-20", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-41
            Day("2026-06-25", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # us-41 is given back, and 2 more
            Day("2026-07-14", refund_value=12),
            # us-42
            Day("2026-07-20", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # us-43
            Day("2026-08-25", paid_orders=1, paid_gmv=50, gross_sales=50, units_sold=1),
            # us-1, us-2, us-4, not us-14, which turned out to be a test
            Day("2026-10-24", paid_orders=3, paid_gmv=74 + 30 + 10, gross_sales=50 + 20 + 30 + 10,
                discounts=7, net_sales=50 + 20 - 7 + 30 + 10, units_sold=1 + 2 + 1 + 1,
                aov=(50 + 20 - 7 + 30 + 10, 3)),
            # us-3, at midnight
            Day("2026-10-25", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-7; neither the unpaid us-5 nor the test us-6
            Day("2026-10-26", paid_orders=1, paid_gmv=30 - 3 + 4, gross_sales=30, discounts=3,
                net_sales=30 - 3, units_sold=3, aov=(30 - 3, 1)),
            # us-13 without its gift card; us-12 was paid when its gift card was sold; us-6, the
            # test, given back
            Day("2026-10-28", paid_orders=1, paid_gmv=10 + 25, gross_sales=10, net_sales=10,
                units_sold=1, aov=(10, 1)),
            # on the 29th us-14, the test, given back; a mug of us-1, and us-12, which was no sale
            Day("2026-10-30", refund_value=9, net_sales=-9),
            # a mug given back of an order nobody knows
            Day("2026-10-31", refund_value=20, net_sales=-20),
            # us-8, us-9, us-10; us-2 given back
            Day("2026-11-01", paid_orders=3, paid_gmv=10 + 10 + 10, gross_sales=10 + 10 + 10,
                refund_value=30, net_sales=10 + 10 + 10 - 30, units_sold=3),
            # us-11
            Day("2026-11-02", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # us-44, us-45
            Day("2026-11-10", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            Day("2026-11-11", paid_orders=1, paid_gmv=20, gross_sales=2 * 10, units_sold=2),
        ],
        CN: [
            # the rest of cn-21; cn-23
            Day("2025-11-11", paid_orders=2, paid_gmv=210 - 10 + 140 - 14 - 7,
                gross_sales=210 + 2 * 70, discounts=10 + 14 + 7, units_sold=1 + 2),
            # cn-24 signed for
            Day("2025-11-14", paid_orders=1, paid_gmv=350, gross_sales=350, units_sold=1),
            # cn-25
            Day("2025-12-20", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # cn-26, a second later cn-27
            Day("2026-02-16", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            Day("2026-02-17", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # cn-28
            Day("2026-02-20", paid_orders=1, paid_gmv=350, gross_sales=350, units_sold=1),
            # cn-29
            Day("2026-06-17", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # cn-30 and cn-31
            Day("2026-06-18", paid_orders=2, paid_gmv=350 - 35 + 420 - 42,
                gross_sales=350 + 2 * 210, discounts=35 + 42, units_sold=1 + 2),
            # a lamp of cn-31 comes back
            Day("2026-06-25", refund_value=210 - 21),
            # cn-6
            Day("2026-10-24", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # cn-5; the cash on delivery cn-1 waits for its signature
            Day("2026-10-25", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # the deposit of cn-2 on the 26th is no sale; cn-1 signed for, cn-3 at midnight
            Day("2026-10-29", paid_orders=2, paid_gmv=350 + 140 + 10, gross_sales=350 + 140,
                net_sales=350 + 140, units_sold=1 + 2, aov=(350 + 140, 2)),
            # cn-3 given back, its shipping not counted; cn-4 refused
            Day("2026-10-30", refund_value=140, net_sales=-140),
            # the rest of cn-2
            Day("2026-10-31", paid_orders=1, paid_gmv=420 - 30, gross_sales=420, discounts=30,
                net_sales=420 - 30, units_sold=2, aov=(420 - 30, 1)),
            # cn-33
            Day("2026-11-11", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
        ],
        EU: [
            # eu-21, eu-22, eu-23, eu-24
            Day("2025-11-10", paid_orders=1, paid_gmv=45, gross_sales=45, units_sold=1),
            Day("2025-11-28", paid_orders=1, paid_gmv=27, gross_sales=27, units_sold=1),
            Day("2025-12-01", paid_orders=1, paid_gmv=18, gross_sales=2 * 9, units_sold=2),
            Day("2026-01-16", paid_orders=1, paid_gmv=9, gross_sales=9, units_sold=1),
            # eu-25, eu-26, eu-27
            Day("2026-03-29", paid_orders=3, paid_gmv=9 + 9 + 45, gross_sales=9 + 9 + 45,
                units_sold=3),
            # eu-28, eu-29, eu-30, eu-31, eu-32
            Day("2026-03-30", paid_orders=1, paid_gmv=9, gross_sales=9, units_sold=1),
            Day("2026-04-20", paid_orders=1, paid_gmv=27, gross_sales=27, units_sold=1),
            Day("2026-07-14", paid_orders=1, paid_gmv=45, gross_sales=45, units_sold=1),
            Day("2026-07-15", paid_orders=1, paid_gmv=9, gross_sales=9, units_sold=1),
            Day("2026-08-12", paid_orders=1, paid_gmv=18, gross_sales=2 * 9, units_sold=2),
            # eu-32 comes back
            Day("2026-08-25", refund_value=18),
            # eu-1, eu-2, eu-3, eu-5
            Day("2026-10-25", paid_orders=4, paid_gmv=9 + 9 + 45 + 27, gross_sales=9 + 9 + 45 + 27,
                net_sales=9 + 9 + 45 + 27, units_sold=4, aov=(9 + 9 + 45 + 27, 4)),
            # eu-4, cancelled and given back the day after
            Day("2026-10-26", paid_orders=1, paid_gmv=45, gross_sales=45, units_sold=1),
            Day("2026-10-27", refund_value=45, net_sales=-45),
            # eu-6, eu-33
            Day("2026-11-01", paid_orders=1, paid_gmv=27, gross_sales=27, units_sold=1),
            Day("2026-11-09", paid_orders=1, paid_gmv=27, gross_sales=27, units_sold=1),
        ],
    },
    # Money in CNY at 7.00 a dollar (7.10 from 2026-11-01) and 8.00 a euro. Without a rate for the
    # euro nobody knows what 2026-11-01 came to.
    all_stores={
        ("paid_orders", "2026-10-24"): 3 + 1,
        ("paid_orders", "2026-10-25"): 1 + 1 + 4,
        ("paid_orders", "2026-11-01"): 3 + 1,
        ("paid_gmv", "2026-10-24"): 114 * 7 + 70,
        ("paid_gmv", "2026-10-25"): 30 * 7 + 70 + 90 * 8,
        ("paid_gmv", "2026-10-26"): 31 * 7 + 45 * 8,
        ("paid_gmv", "2026-10-27"): 0,
        ("paid_gmv", "2026-10-29"): 500,
        ("paid_gmv", "2026-11-01"): None,
        ("paid_gmv", "2026-11-02"): 10 * 7.1,
        ("net_sales", "2026-10-24"): 103 * 7 + 70,
        ("net_sales", "2026-10-27"): -45 * 8,
        ("net_sales", "2026-10-30"): -9 * 7 - 140,
        ("net_sales", "2026-10-31"): 390 - 20 * 7,
        ("net_sales", "2026-11-01"): None,
        ("net_sales", "2026-11-09"): 27 * 8,
    },
    slices={
        ("net_sales", "2026-10-24", US, "category"): {
            "kitchen": 50 - 5 + 20 - 2 + 10, "home": 30,
        },
        # nobody knows where the buyer of us-7 came from
        ("paid_orders", "2026-10-26", US, "channel"): {"unknown": 1},
        # the channel of an order that nobody knows
        ("refund_value", "2026-10-31", US, "channel"): {"unknown": 20},
        # the whole of us-2 was given back without naming a line
        ("net_sales", "2026-11-01", US, "category"): {"kitchen": 30, "unknown": -30},
        # every store's direct buyers and visitors: us-3 came by search, cn-5 and eu-3 directly
        ("paid_orders", "2026-10-25", "all", "channel"): {
            "direct": 1 + 1, "paid_search": 1, "organic_search": 2, "referral": 1,
        },
    },
)  # fmt: skip
