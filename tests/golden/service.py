"""Tickets and reviews of the golden shop, and what the KPIs of service come to."""

from golden.book import Day, Page, Percentile
from golden.shop import CN, US, restated
from support.accepted_lake import Row


def _ticket(
    store: str, number: str, created_at: str, order: str | None = None, **said: object
) -> list[Row]:
    """A ticket as the source says it each time it changes; rated when it is solved."""
    whole = {
        "store_id": store,
        "ticket_id": number,
        "order_id": order,
        "kind": "inquiry",
        "created_at": created_at,
        **said,
    }
    states = restated(whole, created_at, ("first_reply_at", "solved_at"))
    return [state if "solved_at" in state else state | {"csat": None} for state in states]


def _review(number: str, created_at: str, order: str | None, stars: int, **said: object) -> Row:
    return {
        "store_id": US,
        "review_id": number,
        "order_id": order,
        "sku": "mug",
        "stars": stars,
        "is_negative": stars < 3,
        "created_at": created_at,
        **said,
    }


TICKETS: list[Row] = [
    # before buying, by nobody known; answered after 180 seconds, the next after 181
    *_ticket(US, "t-1", "2026-04-21 15:00:00", first_reply_at="2026-04-21 15:03:00",
             solved_at="2026-04-21 15:10:00", csat="good"),
    *_ticket(US, "t-2", "2026-04-21 16:00:00", "us-36", first_reply_at="2026-04-21 16:03:01",
             solved_at="2026-04-21 16:30:00"),
    # the lost parcel: solved, opened again and solved the day after
    *_ticket(US, "t-3", "2026-04-21 17:00:00", "us-37", kind="complaint", channel="email",
             reason_code="not_received", first_reply_at="2026-04-21 18:00:00", reopens=1,
             solved_at="2026-04-22 18:00:00", csat="bad"),
    # in the last second of the 21st in New York, and never answered
    *_ticket(US, "t-4", "2026-04-22 03:59:59"),
    # the lost parcel again: the platform is called
    *_ticket(US, "t-5", "2026-04-22 04:00:00", "us-37", kind="dispute", channel="phone",
             is_escalated=True, first_reply_at="2026-04-22 04:30:00"),
    # 14 and 15 days after us-36 was paid
    *_ticket(US, "t-6", "2026-04-29 03:59:59", "us-36", kind="complaint", channel="email",
             first_reply_at="2026-04-29 04:14:59"),
    *_ticket(US, "t-7", "2026-04-29 04:00:00", "us-36", kind="complaint", channel="email",
             first_reply_at="2026-04-29 04:01:00"),
    # on the day of its order
    *_ticket(US, "t-8", "2026-05-12 16:00:00", "us-38", first_reply_at="2026-05-12 16:01:00"),
    *_ticket(CN, "t-9", "2026-04-21 02:00:00", first_reply_at="2026-04-21 02:02:00"),
]  # fmt: skip

REVIEWS: list[Row] = [
    # us-29 is reviewed twice; the second is written in the last second of day 60
    _review("r-1", "2026-02-01 15:00:00", "us-29", 1, sku="kettle"),
    _review("r-2", "2026-03-17 03:59:59", "us-29", 1, sku="kettle"),
    # us-30 on day 61
    _review("r-3", "2026-03-17 04:00:00", "us-30", 2),
    # of an order nobody knows, and of nothing in particular
    _review("r-4", "2026-02-01 15:00:00", "us-0", 2),
    _review("r-5", "2026-02-01 15:00:00", None, 5, sku=None),
]

PAGE = Page(
    nothing={
        "contacts_per_100_orders": lambda of: (100 * of("contacts"), of("paid_orders")),
        "first_reply_minutes_p50": Percentile(None, 0),
        "first_reply_minutes_p90": Percentile(None, 0),
        "reply_rate_3min": lambda of: (of("contacts_in_time"), of("contacts")),
        "csat": lambda of: (of("contacts_rated_good"), of("contacts_rated")),
        "csat_response_rate": lambda of: (of("contacts_rated"), of("contacts")),
        "complaint_rate": lambda of: (of("complaints"), of("paid_orders")),
        "order_defect_rate": lambda of: (of("defective_orders"), of("paid_orders")),
    },
    parts={
        "complaints": 0,
        "defective_orders": 0,
        "contacts": 0,
        "contacts_in_time": 0,
        "contacts_rated": 0,
        "contacts_rated_good": 0,
    },
    days={
        US: [
            # us-29 has two negative reviews by day 60; that of us-30 came on day 61
            Day("2026-01-15", defective_orders=1, order_defect_rate=(1, 2)),
            # t-6 about us-36 came on day 14, t-7 on day 15
            Day("2026-04-14", complaints=1, complaint_rate=(1, 1)),
            # t-3 and t-5 about us-37
            Day("2026-04-15", complaints=2, complaint_rate=(2, 1), defective_orders=1),
            # t-1, t-2, t-3 waited 3 minutes, 3 and a second, and 60; t-4 waits for ever. Nine
            # tenths of the way over all three are eight of the way from the second to the third.
            Day("2026-04-21", contacts=4, contacts_in_time=1,
                first_reply_minutes_p50=Percentile(3 + 1 / 60, 3),
                first_reply_minutes_p90=Percentile(0.2 * (3 + 1 / 60) + 0.8 * 60, 3),
                contacts_rated_good=1, contacts_rated=1 + 1),
            # t-5
            Day("2026-04-22", contacts=1, first_reply_minutes_p50=Percentile(30, 1),
                first_reply_minutes_p90=Percentile(30, 1)),
            # t-6 and t-7
            Day("2026-04-28", contacts=1, first_reply_minutes_p50=Percentile(15, 1),
                first_reply_minutes_p90=Percentile(15, 1)),
            Day("2026-04-29", contacts=1, contacts_in_time=1,
                first_reply_minutes_p50=Percentile(1, 1),
                first_reply_minutes_p90=Percentile(1, 1)),
            # t-8, on the day of one order
            Day("2026-05-12", contacts=1, contacts_in_time=1,
                first_reply_minutes_p50=Percentile(1, 1),
                first_reply_minutes_p90=Percentile(1, 1), contacts_per_100_orders=(100, 1)),
        ],
        CN: [
            # t-9
            Day("2026-04-21", contacts=1, contacts_in_time=1,
                first_reply_minutes_p50=Percentile(2, 1),
                first_reply_minutes_p90=Percentile(2, 1)),
        ],
    },
    # 2 minutes, 3, 3 and a second, 60
    all_stores={
        ("first_reply_minutes_p50", "2026-04-21"): Percentile((3 + 3 + 1 / 60) / 2, 4),
        ("first_reply_minutes_p90", "2026-04-21"): Percentile(0.3 * (3 + 1 / 60) + 0.7 * 60, 4),
        ("reply_rate_3min", "2026-04-21"): (1 + 1, 4 + 1),
    },
    slices={
        ("reply_rate_3min", "2026-04-21", US, "contact_channel"): {"chat": 1 / 3, "email": 0 / 1},
        ("first_reply_minutes_p50", "2026-04-21", US, "contact_channel"): {
            "chat": (3 + 3 + 1 / 60) / 2, "email": 60,
        },
        ("csat", "2026-04-21", US, "contact_channel"): {"chat": 1, "email": 0},
        ("complaint_rate", "2026-04-15", US, "channel"): {"direct": 2 / 1},
    },
    rows={"tickets": TICKETS, "reviews": REVIEWS},
)  # fmt: skip
