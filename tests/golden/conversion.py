"""Carts of the golden shop, and what the KPIs of conversion come to."""

from golden.book import NONE, Day, Page
from golden.shop import CN, CURRENCY, EU, US
from support.accepted_lake import Row


def _step(cart: str, kind: str, at: str, store: str = US, **said: object) -> Row:
    return {
        "store_id": store,
        "event_id": f"{cart} {kind} {at}",
        "cart_id": cart,
        "checkout_id": None if kind == "cart_created" else f"{cart} checkout",
        "event_type": kind,
        "currency": CURRENCY[store],
        "occurred_at": at,
        "received_at": at,
        **said,
    }


ONLINE, COD = {"pay_type": "online"}, {"pay_type": "cod"}
CHECKOUTS: list[Row] = [
    _step("paid", "cart_created", "2026-06-10 15:00:00"),
    _step("paid", "checkout_started", "2026-06-10 15:05:00"),
    _step("paid", "payment_started", "2026-06-10 15:06:00", **ONLINE),
    _step("paid", "paid", "2026-06-10 15:07:00", **ONLINE),
    _step("failed", "cart_created", "2026-06-10 16:00:00"),
    _step("failed", "checkout_started", "2026-06-10 16:01:00"),
    _step("failed", "payment_started", "2026-06-10 16:02:00", **ONLINE),
    _step("failed", "payment_failed", "2026-06-10 16:03:00", **ONLINE),
    # nobody comes back to it
    _step("left", "cart_created", "2026-06-10 17:00:00"),
    # paid 25 hours after it was created, and 24 hours and 59 minutes after its checkout began
    _step("slow", "cart_created", "2026-06-10 18:00:00"),
    _step("slow", "checkout_started", "2026-06-10 18:01:00"),
    _step("slow", "payment_started", "2026-06-11 18:59:00", **ONLINE),
    _step("slow", "paid", "2026-06-11 19:00:00", **ONLINE),
    # paid after 24 hours to the second, in a checkout of the next day
    _step("just", "cart_created", "2026-06-10 19:00:00"),
    _step("just", "checkout_started", "2026-06-11 18:50:00"),
    _step("just", "payment_started", "2026-06-11 18:55:00", **ONLINE),
    _step("just", "paid", "2026-06-11 19:00:00", **ONLINE),
    # ordered at once, paid at the door
    _step("door", "cart_created", "2026-06-10 20:00:00"),
    _step("door", "checkout_started", "2026-06-10 20:01:00"),
    _step("door", "payment_started", "2026-06-10 20:02:00", **COD),
    _step("door", "paid", "2026-06-15 20:00:00", **COD),
    # midnight in Shanghai; a deposit was paid, the rest comes ten days later
    _step("presale", "cart_created", "2026-06-10 16:00:00", CN),
    _step("presale", "checkout_started", "2026-06-10 16:10:00", CN),
    _step("presale", "payment_started", "2026-06-10 16:20:00", CN, **ONLINE),
    _step("presale", "paid", "2026-06-20 16:00:00", CN, **ONLINE),
    # a second before midnight in Berlin; logged a day late
    _step("late", "cart_created", "2026-06-10 21:59:59", EU, received_at="2026-06-11 12:00:00"),
]

PAGE = Page(
    nothing={
        "payment_conversion": lambda of: (of("paying_buyers"), of("visitors")),
        "order_conversion_by_sessions": lambda of: (of("paid_orders"), of("sessions")),
        "add_to_cart_rate": lambda of: (0, of("visitors")),
        "checkout_completion": NONE,
        "cart_abandonment": NONE,
    },
    days={
        US: [
            # u1 filled the cart twice, u2 only looked, the bot does not count. Of six carts
            # `failed`, `left` and `slow` were given up; of four checkouts `failed` and `slow`
            Day("2026-06-10", add_to_cart_rate=(1, 2), cart_abandonment=(3, 6),
                checkout_completion=(2, 4)),
            # the checkout of `just`
            Day("2026-06-11", checkout_completion=(1, 1)),
            # us-8, us-9, us-10 are three buyers, v6 and v7 two visitors
            Day("2026-11-01", payment_conversion=(3, 2)),
            # us-11, whom nobody saw coming
            Day("2026-11-02", payment_conversion=(1, 0)),
        ],
        CN: [
            Day("2026-06-11", checkout_completion=(1, 1), cart_abandonment=(0, 1)),
            Day("2026-10-25", payment_conversion=(1, 2)),
        ],
        EU: [
            Day("2026-06-10", cart_abandonment=(1, 1)),
            Day("2026-10-25", payment_conversion=(4, 3)),
        ],
    },
    all_stores={
        ("payment_conversion", "2026-10-24"): (2 + 1, 3 + 1),
        ("payment_conversion", "2026-10-25"): (1 + 1 + 4, 1 + 2 + 3),
        ("payment_conversion", "2026-10-26"): (1 + 1, 2 + 1 + 1),
        # a bot and nobody else: no conversion, not a conversion of 0
        ("payment_conversion", "2026-10-27"): NONE,
        ("payment_conversion", "2026-10-28"): (1, 1),
        ("payment_conversion", "2026-10-30"): (0, 1),
        ("payment_conversion", "2026-10-31"): (1, 0),
        ("payment_conversion", "2026-11-01"): (3 + 1, 2 + 1),
        ("cart_abandonment", "2026-06-10"): (3 + 1, 6 + 1),
    },
    slices={
        # a channel that sold before anybody visited by it has 0 visitors
        ("payment_conversion", "2026-10-24", US, "channel"): {
            "direct": 1 / 2, "paid_search": 1 / 2, "email": None,
        },
        ("add_to_cart_rate", "2026-06-10", US, "channel"): {"direct": 1 / 2, "email": 1 / 1},
        # by the time `slow` chose how to pay it was late
        ("checkout_completion", "2026-06-10", US, "pay_type"): {
            "online": 1 / 2, "cod": 1 / 1, "unknown": 0 / 1,
        },
    },
    rows={"checkouts": CHECKOUTS},
)  # fmt: skip
