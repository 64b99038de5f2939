"""What the KPIs of customers come to in the golden shop."""

from golden.book import Day, Page
from golden.shop import CN, US

PAGE = Page(
    nothing={
        # every order of a guest is a buyer of its own
        "paying_buyers": lambda of: of("paid_orders"),
    },
    days={
        # c1 bought twice: us-1 and us-4; us-2 was a guest's
        US: [Day("2026-10-24", paying_buyers=1 + 1)],
        # b21 paid the rest of cn-21, and cn-23
        CN: [Day("2025-11-11", paying_buyers=1)],
    },
)
