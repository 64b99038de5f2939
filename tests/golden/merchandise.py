"""What the KPIs of merchandise come to in the golden shop.

Its visits are in `traffic.py`, its reviews in `service.py`.
"""

from golden.book import NONE, Day, Page
from golden.shop import US

PAGE = Page(
    nothing={
        "average_rating": NONE,
        "negative_review_rate": NONE,
        # nearly every order is of one product, and few visits look at one
        "product_conversion": lambda of: (of("paid_orders"), of("page_visitors")),
    },
    parts={"page_visitors": 0},
    days={
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
        ],
    },
    slices={
        # nobody says what r-5 is about
        ("average_rating", "2026-02-01", US, "category"): {"kitchen": (1 + 2) / 2, "unknown": 5},
        ("negative_review_rate", "2026-02-01", US, "category"): {"kitchen": 2 / 2, "unknown": 0},
        ("product_conversion", "2026-10-24", US, "category"): {"kitchen": 2 / 2, "home": None},
    },
)
