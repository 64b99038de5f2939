"""What is left of the golden shop's sales: costs of goods, charges and margins.

Goods cost, in their store's money: a kettle 20, 140 or 18, a mug 4, 28 or 3, a lamp 12, 84 or 9
(New York, Shanghai, Berlin). Orders and refunds are in `orders.py`, advertising in `marketing.py`.
"""

from golden.book import Day, Page
from golden.shop import CN, CURRENCY, EU, US
from support.accepted_lake import Row


def _fee(store: str, order: str | None, kind: str, amount: str, at: str, **said: object) -> Row:
    return {
        "store_id": store,
        "fee_id": f"{kind} {order} {at}",
        "order_id": order,
        "fee_type": kind,
        "currency": CURRENCY[store],
        "amount": amount,
        "charged_at": at,
        "updated_at": at,
        **said,
    }


FEES = [
    # us-23 of Black Friday, sold for 68; it lies in its order's channel
    _fee(US, "us-23", "payment", "2.30", "2025-11-28 15:00:00"),
    _fee(US, "us-23", "fulfilment", "3.90", "2025-11-28 20:00:00"),
    _fee(US, "us-23", "packaging", "0.55", "2025-11-28 20:00:00"),
    # rent and a subscription are nobody's; half past midnight UTC is the evening before
    _fee(US, None, "storage", "1.25", "2025-11-29 00:30:00"),
    _fee(US, None, "platform_service", "29.00", "2025-12-01 06:00:00"),
    # 31 days after the payment of us-29: too late for its cohort, not for the day
    _fee(US, "us-29", "payment", "3.00", "2026-02-15 15:00:00"),
    # confirmed and charged days after the sale; given back in part with the lamp
    _fee(CN, "cn-31", "platform_commission", "18.90", "2026-06-24 04:00:00"),
    _fee(CN, "cn-31", "platform_commission", "-9.45", "2026-06-25 04:00:00"),
    # 0.80 dollars are 5.60 yuan, which are 0.70 euros
    _fee(EU, "eu-21", "payment", "0.80", "2025-11-10 10:00:00", currency="USD"),
    # of an order nobody knows
    _fee(EU, "eu-0", "payment", "0.40", "2025-11-12 10:00:00"),
]

# The only parcel with freight; it leaves the day after, and costs then.
PARCELS: list[Row] = [
    {"store_id": EU, "shipment_id": "parcel of eu-21", "order_id": "eu-21", "currency": "EUR",
     "status": "in_transit", "tracking_no": "t-1", "freight_cost": "4.00",
     "created_at": "2025-11-10 12:00:00", "shipped_at": "2025-11-10 14:00:00",
     "first_scan_at": "2025-11-11 09:00:00", "updated_at": "2025-11-11 09:00:00"},
]  # fmt: skip

_MARGINS = {
    "costed_net_sales": lambda of: of("net_sales") - of("net_sales_without_cost"),
    "order_costs": lambda of: of("charges") + of("freight"),
    "cohort_sales": lambda of: (
        of("gross_sales") - of("discounts") - of("sales_without_cost") - of("cohort_refunds")
    ),
    "cohort_contribution": lambda of: (
        of("cohort_sales") - of("goods_paid") + of("cohort_restocked") - of("cohort_charges")
    ),
}

PAGE = Page(
    nothing={
        "cogs": lambda of: of("goods_paid") - of("restocked"),
        "gross_profit": lambda of: of("costed_net_sales") - of("cogs"),
        "gross_margin": lambda of: (of("gross_profit"), of("costed_net_sales")),
        "cost_coverage": lambda of: (
            of("gross_sales") - of("discounts") - of("sales_without_cost"),
            of("gross_sales") - of("discounts"),
        ),
        "contribution_1": lambda of: of("gross_profit") - of("order_costs"),
        "contribution_2": lambda of: of("contribution_1") - of("ad_spend"),
        "contribution_3": lambda of: of("contribution_2") - of("storage"),
        "cm1_rate": lambda of: (of("contribution_1"), of("costed_net_sales")),
        "cm2_rate": lambda of: (of("contribution_2"), of("costed_net_sales")),
        "cm3_rate": lambda of: (of("contribution_3"), of("costed_net_sales")),
        "platform_fee_rate": lambda of: (of("commission"), of("net_sales")),
        "break_even_roas": lambda of: (of("cohort_sales"), of("cohort_contribution")),
    },
    # What the rules above are made of: of the goods paid for on the day, of those in stock again,
    # of charges, and of what came back within 30 days of the goods paid for on the day.
    parts={
        **dict.fromkeys(
            ("goods_paid", "restocked", "sales_without_cost", "net_sales_without_cost"), 0
        ),
        **dict.fromkeys(("charges", "freight", "storage", "commission"), 0),
        **dict.fromkeys(("cohort_refunds", "cohort_restocked", "cohort_charges"), 0),
        **_MARGINS,
    },
    days={
        US: [
            Day("2025-11-03", goods_paid=20),
            Day("2025-11-20", goods_paid=2 * 4),
            # us-23, of which the kettle is kept and the lamp comes back, and us-24
            Day("2025-11-28", goods_paid=20 + 12 + 4, charges=2.30 + 3.90 + 0.55, storage=1.25,
                cohort_refunds=20 + 25.50, cohort_restocked=12, cohort_charges=6.75,
                gross_profit=68 + 10 - 36, contribution_1=42 - 6.75, contribution_3=35.25 - 1.25,
                break_even_roas=(78 - 45.50, 32.50 - 36 + 12 - 6.75)),
            # the kettle was given away: its 20 stay in cost of goods, its price is gone
            Day("2025-12-01", cogs=0, gross_profit=-20),
            Day("2025-12-02", restocked=12, gross_profit=-25.50 + 12),
            Day("2025-12-16", goods_paid=20 + 12),
            Day("2025-12-20", goods_paid=12),
            # us-29 comes back after 45 days, us-30 after 7
            Day("2026-01-15", goods_paid=2 * 20 + 4, cohort_refunds=10, cohort_restocked=4,
                break_even_roas=(110 - 10, 100 - 44 + 4)),
            Day("2026-01-22", restocked=4),
            Day("2026-01-30", goods_paid=4),
            Day("2026-02-15", charges=3, contribution_1=-3),
            Day("2026-03-01", restocked=20),
            Day("2026-03-08", goods_paid=3 * 4),
            Day("2026-03-09", goods_paid=4),
            Day("2026-04-14", goods_paid=20 + 12),
            # us-37 is lost on its way and given back after 27 days
            Day("2026-04-15", goods_paid=12, cohort_refunds=30),
            # us-38 is paid, and given back the day after without having been sent
            Day("2026-05-12", goods_paid=20, cohort_refunds=50, cohort_restocked=20,
                gross_profit=50 - 30 - 20),
            Day("2026-05-13", restocked=20),
            # nobody knows what us-40 cost
            Day("2026-05-20", sales_without_cost=30, net_sales_without_cost=30,
                gross_profit=0, gross_margin=(0, 0), cost_coverage=(0, 30)),
            # us-41: 12 given back for a mug of 10
            Day("2026-06-25", goods_paid=4, cohort_refunds=12, cohort_restocked=4,
                break_even_roas=(-2, -2)),
            Day("2026-07-14", restocked=4),
            Day("2026-07-20", goods_paid=4),
            Day("2026-08-25", goods_paid=20),
            # us-1, of which a mug comes back, us-2, which comes back whole, and us-4
            Day("2026-10-24", goods_paid=20 + 2 * 4 + 12 + 4, cohort_refunds=9 + 30,
                cohort_restocked=4 + 12, contribution_2=103 - 44 - 14.50),
            Day("2026-10-25", goods_paid=12),
            Day("2026-10-26", goods_paid=3 * 4),
            Day("2026-10-28", goods_paid=4),
            Day("2026-10-30", restocked=4),
            # a mug of an order nobody knows: neither its price nor its cost are known goods
            Day("2026-10-31", net_sales_without_cost=-20, gross_profit=0),
            # us-2 comes back
            Day("2026-11-01", goods_paid=3 * 4, restocked=12, gross_profit=0),
            Day("2026-11-02", goods_paid=4),
            Day("2026-11-10", goods_paid=12),
            Day("2026-11-11", goods_paid=2 * 4),
        ],
        CN: [
            Day("2025-11-11", goods_paid=84 + 2 * 28),
            Day("2025-11-14", goods_paid=140),
            Day("2025-12-20", goods_paid=28),
            Day("2026-02-16", goods_paid=28),
            Day("2026-02-17", goods_paid=28),
            Day("2026-02-20", goods_paid=140),
            Day("2026-06-17", goods_paid=28),
            # a lamp of cn-31 comes back, and with it half of the commission
            Day("2026-06-18", goods_paid=140 + 2 * 84, cohort_refunds=189, cohort_restocked=84,
                cohort_charges=18.90 - 9.45),
            Day("2026-06-24", charges=18.90, commission=18.90, platform_fee_rate=(18.90, 0)),
            Day("2026-06-25", restocked=84, charges=-9.45, commission=-9.45,
                contribution_1=-189 + 84 + 9.45),
            Day("2026-10-24", goods_paid=28),
            Day("2026-10-25", goods_paid=28),
            # cn-1; one of the two mugs of cn-3 is said to come back, with the price of both
            Day("2026-10-29", goods_paid=140 + 2 * 28, cohort_refunds=140, cohort_restocked=28),
            Day("2026-10-30", restocked=28),
            Day("2026-10-31", goods_paid=2 * 84),
            Day("2026-11-11", goods_paid=28),
        ],
        EU: [
            Day("2025-11-10", goods_paid=18, charges=0.70, cohort_charges=0.70 + 4,
                contribution_1=45 - 18 - 0.70),
            Day("2025-11-11", freight=4, contribution_1=-4),
            Day("2025-11-12", charges=0.40),
            Day("2025-11-28", goods_paid=9),
            Day("2025-12-01", goods_paid=2 * 3),
            Day("2026-01-16", goods_paid=3),
            Day("2026-03-29", goods_paid=3 + 3 + 18),
            Day("2026-03-30", goods_paid=3),
            Day("2026-04-20", goods_paid=9),
            Day("2026-07-14", goods_paid=18),
            Day("2026-07-15", goods_paid=3),
            # eu-32 comes back whole, no line named
            Day("2026-08-12", goods_paid=2 * 3, cohort_refunds=18, cohort_restocked=6,
                break_even_roas=(0, 0)),
            Day("2026-08-25", restocked=6, gross_profit=-18 + 6),
            Day("2026-10-25", goods_paid=3 + 3 + 18 + 9),
            # eu-4 is given back without having been sent
            Day("2026-10-26", goods_paid=18, cohort_refunds=45, cohort_restocked=18),
            Day("2026-10-27", restocked=18),
            Day("2026-11-01", goods_paid=9),
            Day("2026-11-09", goods_paid=9),
        ],
    },
    all_stores={
        ("gross_profit", "2025-11-28"): 42 * 7 + (27 - 9) * 8,
        ("cogs", "2026-11-01"): None,
    },
    slices={
        # 5 of the discount of us-1 lie on its kettle, 2 on its mugs; us-2 is a lamp, us-4 a mug
        ("gross_profit", "2026-10-24", US, "category"): {
            "kitchen": 45 - 20 + 18 - 8 + 10 - 4, "home": 30 - 12,
        },
        ("contribution_2", "2026-10-24", US, "channel"): {
            "direct": 63 - 28, "paid_search": 30 - 12 - 9.50, "email": 10 - 4, "social": -5,
        },
        ("contribution_3", "2025-11-28", US, "channel"): {
            "direct": 42 - 6.75, "unknown": -1.25,
        },
    },
    # less ads of which nobody has reported
    unreported={
        (CN, "2026-11-12"): {
            "contribution_2": None, "contribution_3": None,
            "cm2_rate": (None, None), "cm3_rate": (None, None),
        },
    },
    money_ratios=frozenset(
        {"gross_margin", "cost_coverage", "cm1_rate", "cm2_rate", "cm3_rate", "platform_fee_rate",
         "break_even_roas"}
    ),
    rows={"fees": FEES, "shipments": PARCELS},
)  # fmt: skip
