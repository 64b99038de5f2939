"""What the bridges from our figures to the platforms' come to in the golden shop, on some days.

A line that is not named comes to nothing. The first is our figure, the last the platform's. Beside
them stands what platforms say themselves, and what is left between the two.
"""

from golden.book import NONE, UNKNOWN, Day, Page
from golden.shop import ALL, CN, CURRENCY, EU, US
from support.accepted_lake import Row

Walk = dict[str, float]

# (store, day, variant): the lines that are not nothing.
WALKS: dict[tuple[str, str, str], Walk] = {
    # cn-21 is paid off, cn-23 bought and paid, cn-24 placed for cash on delivery
    (CN, "2025-11-11", "paid_gmv_sycm"): {
        "paid_gmv": 210 - 10 + 140 - 14 - 7, "paid_gmv_sycm": 319},
    (CN, "2025-11-11", "gmv_jd"): {
        "paid_gmv": 319, "cod_placed": 350, "platform_discounts": 10 + 7,
        "gmv_jd": 210 + (140 - 14) + 350},
    (CN, "2025-11-11", "net_sales_shopify"): {
        "net_sales": 319, "order_clock": -(210 - 10), "cod_clock": 350,
        "net_sales_shopify": 140 - 14 - 7 + 350},
    # it is still the evening of the 10th in Los Angeles when cn-23 and cn-24 are placed
    (CN, "2025-11-11", "ordered_sales_amz"): {
        "net_sales": 319, "discounts": 10 + 14 + 7, "order_clock": -210, "cod_clock": 350,
        "pacific_day": -(140 + 350), "ordered_sales_amz": 0},
    (CN, "2025-11-11", "rev_daasity"): {
        "net_sales": 319, "order_clock": -200, "cod_clock": 350, "rev_daasity": 119 + 350},
    # cn-21 and cn-22 are placed with a deposit; cn-22 is closed a week later
    (CN, "2025-11-05", "gmv_jd"): {"gmv_jd": 0},
    (CN, "2025-11-05", "net_sales_shopify"): {
        "order_clock": 210 - 10, "net_sales_shopify": 200},
    (CN, "2025-11-05", "ordered_sales_amz"): {
        "order_clock": 210, "cancelled_unpaid_orders": 210, "pacific_day": -(210 + 210)},
    (CN, "2025-11-04", "ordered_sales_amz"): {
        "pacific_day": 210 + 210, "ordered_sales_amz": 420},
    # cn-24 is signed for
    (CN, "2025-11-14", "gmv_jd"): {"paid_gmv": 350, "cod_signed": -350},
    (CN, "2025-11-14", "rev_daasity"): {"net_sales": 350, "cod_clock": -350},
    # cn-32, cash on delivery, will be refused
    (CN, "2026-08-10", "gmv_jd"): {"cod_placed": 140, "gmv_jd": 140},
    (CN, "2026-08-10", "net_sales_shopify"): {"net_sales_shopify": 0},
    # us-38 is paid, and cancelled the day after; us-39 never paid; us-37 given back
    (US, "2026-05-12", "gmv_jd"): {"paid_gmv": 50, "gmv_jd": 50},
    (US, "2026-05-12", "net_sales_shopify"): {
        "net_sales": 50 - 30, "cancelled_orders": -50, "net_sales_shopify": -30},
    (US, "2026-05-12", "ordered_sales_amz"): {
        "net_sales": 50 - 30, "refunds": 30, "cancelled_unpaid_orders": 10,
        "ordered_sales_amz": 50 + 10},
    (US, "2026-05-12", "rev_daasity"): {"net_sales": 50 - 30, "refunds": 30,
                                        "cancelled_orders": -50},
    # us-38 is given back
    (US, "2026-05-13", "net_sales_shopify"): {
        "net_sales": -50, "refunds_of_cancelled_orders": 50},
    (US, "2026-05-13", "rev_daasity"): {"net_sales": -50, "refunds": 50},
    # us-7 is paid, us-6 a test, us-5 never paid and closed
    (US, "2026-10-26", "paid_gmv_sycm"): {
        "paid_gmv": 30 - 3 + 4, "test_orders": 50, "paid_gmv_sycm": 81},
    (US, "2026-10-26", "gmv_jd"): {"paid_gmv": 31, "test_orders": 50, "gmv_jd": 81},
    (US, "2026-10-26", "net_sales_shopify"): {"net_sales": 27, "net_sales_shopify": 27},
    (US, "2026-10-26", "ordered_sales_amz"): {
        "net_sales": 27, "discounts": 3, "test_orders": 50, "cancelled_unpaid_orders": 50,
        "ordered_sales_amz": 30 + 50 + 50},
    # us-12 by gift card alone, us-13 with 25 for a card; the refund of the test us-6 counts nowhere
    (US, "2026-10-28", "paid_gmv_sycm"): {"paid_gmv": 35, "paid_gmv_sycm": 35},
    (US, "2026-10-28", "gmv_jd"): {"paid_gmv": 35, "gift_card_orders": 50, "gmv_jd": 85},
    (US, "2026-10-28", "net_sales_shopify"): {
        "net_sales": 10, "gift_card_orders": 50, "net_sales_shopify": 60},
    (US, "2026-10-28", "rev_daasity"): {"net_sales": 10, "rev_daasity": 10},
    # the gift card order us-12 comes back with 50, us-1 in part with 9
    (US, "2026-10-30", "net_sales_shopify"): {
        "net_sales": -9, "refunds_not_counted": -50, "net_sales_shopify": -59},
    # us-1, us-2, us-4 and the test us-14; us-3, of the 25th, is of the 24th in Los Angeles
    (US, "2026-10-24", "ordered_sales_amz"): {
        "net_sales": 50 + 20 - 7 + 30 + 10, "discounts": 7, "test_orders": 10,
        "pacific_day": 30, "ordered_sales_amz": 150},
    (US, "2026-10-25", "ordered_sales_amz"): {"net_sales": 30, "pacific_day": -30},
    # with cn-6; cn-1, cn-5, eu-1, eu-2 and eu-5 are of the 25th at home. A dollar is 7, a euro 8
    (ALL, "2026-10-24", "paid_gmv_sycm"): {
        "paid_gmv": (74 + 30 + 10) * 7 + 70, "test_orders": 10 * 7, "paid_gmv_sycm": 938},
    (ALL, "2026-10-24", "ordered_sales_amz"): {
        "net_sales": 103 * 7 + 70, "discounts": 7 * 7, "test_orders": 10 * 7,
        "pacific_day": 30 * 7 + 350 + 70 + (9 + 9 + 27) * 8, "ordered_sales_amz": 1900},
}  # fmt: skip

# All stores together on a day on which nobody knows what the euros of eu-6 are worth.
NOT_KNOWN = (ALL, "2026-11-01")


def _report(
    store: str, variant: str, day: str, amount: str, told_at: str, currency: str | None = None
) -> Row:
    return {
        "store_id": store,
        "variant": variant,
        "currency": currency or CURRENCY[store],
        "amount": amount,
        "report_date": day,
        "updated_at": told_at,
    }


REPORTS: list[Row] = [
    # of a day on which nobody watched the shop
    _report(US, "net_sales_shopify", "2025-10-31", "44.00", "2025-11-01 11:00:00"),
    # with us-38, and without it once it was cancelled
    _report(US, "net_sales_shopify", "2026-05-12", "20.00", "2026-05-13 11:00:00"),
    _report(US, "net_sales_shopify", "2026-05-12", "-30.00", "2026-05-14 11:00:00"),
    # the discount on us-7 is forgotten
    _report(US, "net_sales_shopify", "2026-10-26", "30.00", "2026-10-27 11:00:00"),
    # two platforms, one of them without two dollars of the mug
    _report(US, "net_sales_shopify", "2026-10-28", "60.00", "2026-10-29 12:00:00"),
    _report(US, "rev_daasity", "2026-10-28", "8.00", "2026-10-29 12:00:00"),
    # the mug of us-1 is not back yet
    _report(US, "net_sales_shopify", "2026-10-30", "-50.00", "2026-10-31 12:00:00"),
    # 50 dollars at 7 are 350 yuan
    _report(CN, "paid_gmv_sycm", "2025-11-11", "50.00", "2025-11-11 22:00:00", currency="USD"),
    _report(CN, "paid_gmv_sycm", "2026-10-24", "70.00", "2026-10-24 22:00:00"),
    # eu-4 was cancelled the day after, of which nobody told the platform
    _report(EU, "rev_daasity", "2026-10-26", "45.00", "2026-10-27 05:00:00"),
    # nothing was sold, and nothing is reported
    _report(EU, "rev_daasity", "2026-10-27", "0.00", "2026-10-28 05:00:00"),
    # eu-6, on a day without a rate for the euro
    _report(EU, "rev_daasity", "2026-11-01", "30.00", "2026-11-02 05:00:00"),
]

PAGE = Page(
    nothing={"reconciliation_gap": UNKNOWN},
    money_ratios=frozenset({"reconciliation_gap"}),
    days={
        US: [
            Day("2026-05-12", reconciliation_gap=(-30 - -30, 30)),
            Day("2026-10-26", reconciliation_gap=(27 - 30, 30)),
            Day("2026-10-28", reconciliation_gap=((60 - 60) + (10 - 8), 60 + 8)),
            Day("2026-10-30", reconciliation_gap=(-59 - -50, 50)),
        ],
        CN: [
            Day("2025-11-11", reconciliation_gap=(319 - 350, 350)),
            Day("2026-10-24", reconciliation_gap=(70 - 70, 70)),
        ],
        EU: [
            Day("2026-10-26", reconciliation_gap=(0 - 45, 45)),
            Day("2026-10-27", reconciliation_gap=NONE),
            Day("2026-11-01", reconciliation_gap=(27 - 30, 30)),
        ],
    },
    all_stores={
        ("reconciliation_gap", "2026-10-26"): (-3 * 7 - 45 * 8, 30 * 7 + 45 * 8),
        ("reconciliation_gap", "2026-11-01"): (None, None),
    },
    slices={
        ("reconciliation_gap", "2026-10-28", US, "variant"): {
            "net_sales_shopify": 0,
            "rev_daasity": 2 / 8,
        },
        ("reconciliation_gap", "2026-10-26", ALL, "variant"): {
            "net_sales_shopify": -3 / 30,
            "rev_daasity": -1,
        },
    },
    rows={"platform_reports": REPORTS},
)
