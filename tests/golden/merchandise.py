"""What the KPIs of merchandise come to in the golden shop; its reviews are in `service.py`."""

from golden.book import NONE, Day, Page
from golden.shop import US

PAGE = Page(
    nothing={
        "average_rating": NONE,
        "negative_review_rate": NONE,
    },
    days={
        US: [
            # r-1, r-4, r-5
            Day("2026-02-01", average_rating=(1 + 2 + 5, 3), negative_review_rate=(2, 3)),
            # r-2 in the last second of the 16th in New York, r-3 a second later
            Day("2026-03-16", average_rating=(1, 1), negative_review_rate=(1, 1)),
            Day("2026-03-17", average_rating=(2, 1), negative_review_rate=(1, 1)),
        ],
    },
    slices={
        # nobody says what r-5 is about
        ("average_rating", "2026-02-01", US, "category"): {"kitchen": (1 + 2) / 2, "unknown": 5},
        ("negative_review_rate", "2026-02-01", US, "category"): {"kitchen": 2 / 2, "unknown": 0},
    },
)
