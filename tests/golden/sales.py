"""What the KPIs of sales and refunds come to in the golden shop; its orders are in `orders.py`."""

from golden.book import Day, Page
from golden.shop import CN, EU, US

PAGE = Page(
    nothing={
        "valid_orders": lambda of: of("placed_orders"),
        "paid_orders": 0,
        "paid_gmv": 0,
        "gross_sales": 0,
        "discounts": lambda of: of("discounts_merchant") + of("discounts_platform"),
        "discounts_merchant": 0,
        "discounts_platform": 0,
        "refund_value": 0,
        "net_sales": lambda of: of("gross_sales") - of("discounts") - of("refund_value"),
        "units_sold": 0,
        "aov": lambda of: (of("gross_sales") - of("discounts"), of("paid_orders")),
        "spend_per_buyer": lambda of: (of("paid_gmv"), of("paying_buyers")),
        "discount_rate": lambda of: (of("discounts"), of("gross_sales")),
        "merchant_discount_rate": lambda of: (of("discounts_merchant"), of("gross_sales")),
        "platform_discount_rate": lambda of: (of("discounts_platform"), of("gross_sales")),
        "payment_success_rate": lambda of: (of("placed_due_at_once"), of("placed_due_at_once")),
        "cancellation_rate": lambda of: (0, of("placed_orders")),
        "cancellation_rate_by_seller": lambda of: (0, of("placed_orders")),
        "cancellation_rate_by_buyer": lambda of: (0, of("placed_orders")),
        "cancellation_rate_by_system": lambda of: (0, of("placed_orders")),
        "refund_rate": lambda of: (of("refunded_money"), of("paid_gmv")),
        "refund_rate_7d": lambda of: (of("refunded_within_7_days"), of("paid_gmv")),
        "refund_rate_15d": lambda of: (of("refunded_within_15_days"), of("paid_gmv")),
        "refund_rate_30d": lambda of: (of("refunded_within_30_days"), of("paid_gmv")),
    },
    parts={
        # most are paid on the day they are placed, and at once
        "placed_orders": lambda of: of("paid_orders"),
        "placed_due_at_once": lambda of: of("placed_orders"),
        # tax, shipping and gift cards come back seldom
        "refunded_money": lambda of: of("refund_value"),
        # on the day the order was paid; what came within 7 days came within 15
        "refunded_within_7_days": 0,
        "refunded_within_15_days": lambda of: of("refunded_within_7_days"),
        "refunded_within_30_days": lambda of: of("refunded_within_15_days"),
    },
    money_ratios=frozenset({
        "discount_rate", "merchant_discount_rate", "platform_discount_rate", "refund_rate",
        "refund_rate_7d", "refund_rate_15d", "refund_rate_30d",
    }),
    days={
        US: [
            # us-21
            Day("2025-11-03", paid_orders=1, paid_gmv=50, gross_sales=50, units_sold=1),
            # us-22
            Day("2025-11-20", paid_orders=1, paid_gmv=20, gross_sales=2 * 10, units_sold=2),
            # us-23 and us-24
            Day("2025-11-28", paid_orders=2, paid_gmv=50 + 30 - 8 - 4 + 10,
                gross_sales=50 + 30 + 10, discounts_merchant=8, discounts_platform=4,
                units_sold=1 + 1 + 1, discount_rate=(8 + 4, 90),
                # both refunds of us-23, after 3 and 4 days
                refunded_within_7_days=20 + 25.50),
            # us-25, cancelled by the seller before it was paid
            Day("2025-11-29", placed_orders=1, valid_orders=0, payment_success_rate=(0, 1),
                cancellation_rate=(1, 1), cancellation_rate_by_seller=(1, 1)),
            # us-23 comes back, in two parts
            Day("2025-12-01", refund_value=20, net_sales=-20),
            Day("2025-12-02", refund_value=30 - 4.50),
            # us-26, paid after 30 hours, and us-27, after 24
            Day("2025-12-15", placed_orders=2, payment_success_rate=(1, 2)),
            Day("2025-12-16", placed_orders=0, paid_orders=2, paid_gmv=50 + 30,
                gross_sales=50 + 30, units_sold=2),
            # us-28
            Day("2025-12-20", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-29 and us-30
            Day("2026-01-15", paid_orders=2, paid_gmv=2 * 50 + 10, gross_sales=2 * 50 + 10,
                units_sold=2 + 1,
                # of us-30 after 7 days; of us-29 after 45
                refunded_within_7_days=10, refund_rate_30d=(10, 110)),
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
            Day("2026-04-15", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1,
                # after 27 days
                refunded_within_30_days=30),
            # us-38, given back the next day when the seller cancels it; us-39, cancelled by the
            # buyer before it was paid; us-37 is given back
            Day("2026-05-12", placed_orders=1 + 1, valid_orders=1, paid_orders=1, paid_gmv=50,
                gross_sales=50, refund_value=30, net_sales=50 - 30, units_sold=1,
                payment_success_rate=(1, 2), cancellation_rate=(1 + 1, 2),
                cancellation_rate_by_seller=(1, 2), cancellation_rate_by_buyer=(1, 2),
                refund_rate=(30, 50), refunded_within_7_days=50),
            # us-38 is given back
            Day("2026-05-13", refund_value=50),
            # us-40
            Day("2026-05-20", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-41
            Day("2026-06-25", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1,
                # after 19 days
                refunded_within_30_days=12, refund_rate_30d=(12, 10)),
            # us-41 is given back, and 2 more
            Day("2026-07-14", refund_value=12, refund_rate=(12, 0)),
            # us-42
            Day("2026-07-20", paid_orders=1, paid_gmv=10, gross_sales=10, units_sold=1),
            # us-43
            Day("2026-08-25", paid_orders=1, paid_gmv=50, gross_sales=50, units_sold=1),
            # us-1, us-2, us-4, not us-14, which turned out to be a test
            Day("2026-10-24", paid_orders=3, paid_gmv=74 + 30 + 10, gross_sales=50 + 20 + 30 + 10,
                discounts_merchant=7, net_sales=50 + 20 - 7 + 30 + 10,
                units_sold=1 + 2 + 1 + 1, aov=(50 + 20 - 7 + 30 + 10, 3),
                spend_per_buyer=(74 + 30 + 10, 2),
                # a mug of us-1 with its tax after 6 days, the whole of us-2 after 8
                refunded_within_7_days=9 + 0.80, refunded_within_15_days=9 + 0.80 + 30),
            # us-3, at midnight
            Day("2026-10-25", paid_orders=1, paid_gmv=30, gross_sales=30, units_sold=1),
            # us-7; neither the unpaid us-5 nor the test us-6
            Day("2026-10-26", placed_orders=1 + 1, valid_orders=1, paid_orders=1,
                paid_gmv=30 - 3 + 4, gross_sales=30, discounts_merchant=3, net_sales=30 - 3,
                units_sold=3, aov=(30 - 3, 1), payment_success_rate=(1, 2),
                cancellation_rate=(1, 2), cancellation_rate_by_system=(1, 2)),
            # us-13 without its gift card, which comes back after 2 days; us-12 was paid when its
            # gift card was sold; us-6, the test, given back
            Day("2026-10-28", placed_orders=1 + 1, valid_orders=1, paid_orders=1,
                paid_gmv=10 + 25, gross_sales=10, net_sales=10, units_sold=1, aov=(10, 1),
                refunded_within_7_days=25),
            # on the 29th us-14, the test, given back; a mug of us-1 with its tax, the gift card of
            # us-13, and us-12, which was no sale
            Day("2026-10-30", refund_value=9, net_sales=-9, refunded_money=9 + 0.80 + 25),
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
            # cn-21 and cn-22, of which the system closes the second after a week
            Day("2025-11-05", placed_orders=1 + 1, placed_due_at_once=0, valid_orders=1,
                cancellation_rate=(1, 2), cancellation_rate_by_system=(1, 2)),
            # the rest of cn-21; cn-23 and, not paid yet, cn-24
            Day("2025-11-11", placed_orders=1 + 1, placed_due_at_once=1, paid_orders=2,
                paid_gmv=210 - 10 + 140 - 14 - 7, gross_sales=210 + 2 * 70, discounts_merchant=14,
                discounts_platform=10 + 7, units_sold=1 + 2),
            # cn-24 signed for
            Day("2025-11-14", placed_orders=0, paid_orders=1, paid_gmv=350, gross_sales=350,
                units_sold=1),
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
                gross_sales=350 + 2 * 210, discounts_merchant=42, discounts_platform=35,
                units_sold=1 + 2,
                # after 7 days
                refunded_within_7_days=210 - 21),
            # a lamp of cn-31 comes back
            Day("2026-06-25", refund_value=210 - 21),
            # cn-32, cash on delivery, refused
            Day("2026-08-10", placed_orders=1, placed_due_at_once=0, valid_orders=0,
                cancellation_rate=(1, 1), cancellation_rate_by_buyer=(1, 1)),
            # cn-6
            Day("2026-10-24", paid_orders=1, paid_gmv=70, gross_sales=70, units_sold=1),
            # cn-5; the cash on delivery cn-1 waits for its signature
            Day("2026-10-25", placed_orders=1 + 1, placed_due_at_once=1, paid_orders=1, paid_gmv=70,
                gross_sales=70, units_sold=1),
            # the deposit of cn-2 is no sale
            Day("2026-10-26", placed_orders=1, placed_due_at_once=0),
            # cn-4, cash on delivery, refused
            Day("2026-10-27", placed_orders=1, placed_due_at_once=0, valid_orders=0,
                cancellation_rate=(1, 1), cancellation_rate_by_buyer=(1, 1)),
            # cn-1 signed for, cn-3 at midnight
            Day("2026-10-29", placed_orders=1, paid_orders=2, paid_gmv=350 + 140 + 10,
                gross_sales=350 + 140, net_sales=350 + 140, units_sold=1 + 2, aov=(350 + 140, 2),
                # cn-3, the next day
                refunded_within_7_days=140 + 10),
            # cn-3 given back, its shipping no part of sales
            Day("2026-10-30", refund_value=140, net_sales=-140, refunded_money=140 + 10),
            # the rest of cn-2
            Day("2026-10-31", placed_orders=0, paid_orders=1, paid_gmv=420 - 30, gross_sales=420,
                discounts_platform=30, net_sales=420 - 30, units_sold=2, aov=(420 - 30, 1)),
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
            Day("2026-08-12", paid_orders=1, paid_gmv=18, gross_sales=2 * 9, units_sold=2,
                # after 13 days
                refunded_within_15_days=18),
            # eu-32 comes back
            Day("2026-08-25", refund_value=18),
            # eu-1, eu-2, eu-3, eu-5
            Day("2026-10-25", paid_orders=4, paid_gmv=9 + 9 + 45 + 27, gross_sales=9 + 9 + 45 + 27,
                net_sales=9 + 9 + 45 + 27, units_sold=4, aov=(9 + 9 + 45 + 27, 4)),
            # eu-4, cancelled and given back the day after
            Day("2026-10-26", paid_orders=1, paid_gmv=45, gross_sales=45, units_sold=1,
                cancellation_rate=(1, 1), cancellation_rate_by_buyer=(1, 1),
                refunded_within_7_days=45, refund_rate_7d=(45, 45)),
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
        # nothing was taken off eu-6, which is nothing in any currency; what it cost is not known
        ("discounts", "2026-11-01"): 0,
        ("discount_rate", "2026-11-01"): (0, None),
        ("paid_gmv", "2026-11-02"): 10 * 7.1,
        ("refund_rate_15d", "2026-10-24"): (39.80 * 7, 114 * 7 + 70),
        ("spend_per_buyer", "2026-10-24"): (114 * 7 + 70, 2 + 1),
        ("refund_rate", "2026-11-01"): (30 * 7.1, None),
        ("net_sales", "2026-10-24"): 103 * 7 + 70,
        ("net_sales", "2026-10-27"): -45 * 8,
        ("net_sales", "2026-10-30"): -9 * 7 - 140,
        ("net_sales", "2026-10-31"): 390 - 20 * 7,
        ("net_sales", "2026-11-01"): None,
        ("net_sales", "2026-11-09"): 27 * 8,
    },
    slices={
        # 12 off the kettle's 50 and the lamp's 30, 8 of it by the merchant; nothing off a mug
        ("discounts", "2025-11-28", US, "category"): {"kitchen": 7.50, "home": 4.50},
        ("discounts_merchant", "2025-11-28", US, "category"): {"kitchen": 5, "home": 3},
        ("discounts_platform", "2025-11-28", US, "category"): {"kitchen": 2.50, "home": 1.50},
        ("discount_rate", "2025-11-28", US, "category"): {
            "kitchen": 7.50 / (50 + 10), "home": 4.50 / 30,
        },
        # us-1, us-2 and us-4
        ("refund_rate_7d", "2026-10-24", US, "channel"): {
            "direct": 9.80 / 74, "paid_search": 0 / 30, "email": 0 / 10,
        },
        # us-7, of a buyer nobody saw coming, and us-5
        ("payment_success_rate", "2026-10-26", US, "channel"): {"direct": 0 / 1, "unknown": 1 / 1},
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
