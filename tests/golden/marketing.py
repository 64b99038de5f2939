"""What advertising cost and brought in the golden shop, and what its promotions did."""

from golden.book import NONE, Day, Page
from golden.shop import CN, CURRENCY, EU, US, ZONE
from support.accepted_lake import Row


def _ads(store: str, report_date: str, spend: str, **said: object) -> Row:
    return {
        "store_id": store,
        "currency": CURRENCY[store],
        "account_timezone": ZONE[store],
        "report_date": report_date,
        "updated_at": f"{report_date} 22:00:00",
        "spend": spend,
        **said,
    }


_SOCIAL = {
    "ad_platform": "socialads",
    "account_id": "account-2",
    "account_timezone": "America/Los_Angeles",
    "channel": "social",
}

ADS = [
    # told with 10.00 and 60.00 at first; a credit and a late claim come within the week
    _ads(US, "2026-10-24", "10.00", impressions=1000, clicks=20, conversion_value="60.00"),
    _ads(US, "2026-10-24", "9.50", impressions=1000, clicks=20, conversion_value="80.00",
         updated_at="2026-10-30 22:00:00"),
    # a platform that counts neither clicks nor purchases
    _ads(US, "2026-10-24", "5.00", impressions=2000, clicks=None, conversion_value=None,
         **_SOCIAL),
    # charged for nothing shown
    _ads(US, "2026-10-27", "4.00", impressions=0, clicks=0, conversion_value="0.00"),
    # 10 dollars at 7.00 are 70 yuan, and 20 are 140
    _ads(CN, "2026-10-26", "10.00", currency="USD", impressions=100, clicks=4,
         conversion_value="20.00"),
    _ads(CN, "2026-11-11", "100.00", impressions=5000, clicks=100, conversion_value="300.00"),
    # 8 dollars are 56 yuan, which are 7 euros
    _ads(EU, "2026-10-26", "8.00", currency="USD", impressions=100, clicks=2,
         conversion_value="8.00"),
    # on a day without a rate for the euro: what is billed in euros is known, in dollars it is not
    _ads(EU, "2026-11-01", "8.00", impressions=400, clicks=5, conversion_value="16.00"),
    _ads(EU, "2026-11-01", "6.00", currency="USD", impressions=None, clicks=None,
         conversion_value=None, **_SOCIAL),
]  # fmt: skip

PROMOTIONS = [
    # Eight weeks before its first felt day, the 17th, begin on 2026-08-22: of all weekdays only
    # Tuesdays sold something, us-43 for 50, so 50 / 8 a Tuesday and 0 on other days.
    {"event_id": "sale", "store_id": US, "starts_on": "2026-10-24", "ends_on": "2026-10-24",
     "updated_at": "2026-09-01 00:00:00"},
    # felt from the 14th, twelve days after anybody watched: nobody knows what is usual, so eu-22
    # and eu-23, sold while it is felt, are no increment
    {"event_id": "opening", "store_id": EU, "starts_on": "2025-11-21", "ends_on": "2025-11-21",
     "updated_at": "2025-11-10 00:00:00"},
]  # fmt: skip

PAGE = Page(
    nothing={
        "ad_spend": 0,
        "ad_ctr": NONE,
        "ad_cpc": NONE,
        "ad_cpm": NONE,
        "platform_roas": NONE,
        "sales_per_ad_spend": lambda of: (of("net_sales"), of("ad_spend")),
        "ad_cost_ratio": lambda of: (of("ad_spend"), of("net_sales")),
        "blended_cac": lambda of: (of("ad_spend"), of("new_buyers")),
        "promo_incremental_sales": 0,
    },
    days={
        US: [
            Day("2026-10-20", promo_incremental_sales=-50 / 8),
            Day("2026-10-24", ad_spend=9.50 + 5, ad_ctr=(20, 1000), ad_cpc=(9.50, 20),
                ad_cpm=(1000 * (9.50 + 5), 1000 + 2000), platform_roas=(80, 9.50),
                sales_per_ad_spend=(103, 14.50), promo_incremental_sales=103),
            Day("2026-10-25", promo_incremental_sales=30),
            Day("2026-10-26", promo_incremental_sales=27),
            Day("2026-10-27", ad_spend=4, ad_ctr=(0, 0), ad_cpc=(4, 0), ad_cpm=(4000, 0),
                platform_roas=(0, 4), ad_cost_ratio=(4, 0), promo_incremental_sales=-50 / 8),
            Day("2026-10-28", promo_incremental_sales=10),
            Day("2026-10-30", promo_incremental_sales=-9),
            Day("2026-10-31", promo_incremental_sales=-20),
            Day("2026-11-02", promo_incremental_sales=10),
            Day("2026-11-03", promo_incremental_sales=-50 / 8),
        ],
        CN: [
            Day("2026-10-26", ad_spend=70, ad_ctr=(4, 100), ad_cpc=(70, 4), ad_cpm=(70_000, 100),
                platform_roas=(140, 70)),
            Day("2026-11-11", ad_spend=100, ad_ctr=(100, 5000), ad_cpc=(100, 100),
                ad_cpm=(100_000, 5000), platform_roas=(300, 100), sales_per_ad_spend=(70, 100)),
        ],
        EU: [
            Day("2026-10-26", ad_spend=7, ad_ctr=(2, 100), ad_cpc=(7, 2), ad_cpm=(7000, 100),
                platform_roas=(7, 7), ad_cost_ratio=(7, 45)),
            Day("2026-11-01", ad_spend=8, ad_ctr=(5, 400), ad_cpc=(8, 5), ad_cpm=(8000, 400),
                platform_roas=(16, 8)),
        ],
    },
    all_stores={
        ("ad_spend", "2026-10-24"): 14.50 * 7,
        ("ad_spend", "2026-10-26"): 70 + 7 * 8,
        ("ad_spend", "2026-11-01"): None,
        # -6.25 dollars at 7.10, to the cent
        ("promo_incremental_sales", "2026-11-03"): -44.38,
        # 103 dollars of net sales and 70 yuan
        ("sales_per_ad_spend", "2026-10-24"): (103 * 7 + 70, 14.50 * 7),
    },
    slices={
        ("ad_spend", "2026-10-24", US, "ad_platform"): {"searchads": 9.50, "socialads": 5},
        ("ad_spend", "2026-10-24", US, "channel"): {"paid_search": 9.50, "social": 5},
        ("ad_ctr", "2026-10-24", US, "ad_platform"): {"searchads": 20 / 1000, "socialads": None},
    },
    # the Chinese account has told nothing since; the others have been silent for two weeks and
    # more, and so have spent nothing
    unreported={
        (CN, "2026-11-12"): {
            "ad_spend": None,
            **dict.fromkeys(
                ["ad_ctr", "ad_cpc", "ad_cpm", "platform_roas", "sales_per_ad_spend",
                 "ad_cost_ratio", "blended_cac"],
                (None, None),
            ),
        },
    },
    money_ratios=frozenset({"platform_roas", "sales_per_ad_spend", "ad_cost_ratio"}),
    rows={"ads": ADS, "calendar_events": PROMOTIONS},
)  # fmt: skip
