"""Visits to the golden shop, and what the KPIs of traffic come to."""

from golden.book import NONE, Day, Page
from golden.shop import CN, EU, US
from support.accepted_lake import Row


def _visit(store: str, visitor: str, channel: str | None, at: str, **said: object) -> Row:
    return {
        "store_id": store,
        "event_id": f"{visitor} {at}",
        "session_id": f"{visitor} {at}",
        "visitor_id": visitor,
        "channel": channel,
        "occurred_at": at,
        "received_at": at,
        **said,
    }


KETTLE = {"event_type": "product_view", "sku": "kettle"}
BOT = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
TRAFFIC: list[Row] = [
    _visit(US, "v1", "direct", "2026-10-24 16:00:00", **KETTLE),
    _visit(US, "v2", "paid_search", "2026-10-24 14:00:00"),
    _visit(US, "v2", "direct", "2026-10-24 22:00:00", **KETTLE),
    # begins ten minutes before midnight and goes on after it: a visit of the 24th
    _visit(US, "v3", "paid_search", "2026-10-25 03:50:00", session_id="late"),
    _visit(US, "v3", "paid_search", "2026-10-25 04:10:00", session_id="late"),
    _visit(US, "v9", "direct", "2026-10-24 17:00:00", **BOT, **KETTLE),
    _visit(US, "v1", "direct", "2026-10-25 15:00:00", **KETTLE),
    _visit(US, "v4", None, "2026-10-26 15:00:00"),
    _visit(US, "v5", "direct", "2026-10-26 15:00:00"),
    _visit(US, "v9", "direct", "2026-10-27 15:00:00", **BOT),
    _visit(US, "v1", "email", "2026-10-28 15:00:00"),
    # logged a day late
    _visit(US, "v2", "direct", "2026-10-29 15:00:00", received_at="2026-10-30 15:00:00"),
    # logged twice
    _visit(US, "v2", "direct", "2026-10-30 15:00:00"),
    _visit(US, "v2", "direct", "2026-10-30 15:00:00", received_at="2026-10-31 15:00:00"),
    _visit(US, "v6", "direct", "2026-11-01 05:20:00"),
    _visit(US, "v6", "direct", "2026-11-01 06:20:00"),
    _visit(US, "v7", "direct", "2026-11-02 04:50:00"),
    _visit(CN, "w1", "direct", "2026-10-24 10:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-25 04:00:00"),
    _visit(CN, "w2", "live_stream", "2026-10-25 05:00:00"),
    _visit(CN, "w2", "live_stream", "2026-10-25 12:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-26 05:00:00"),
    _visit(CN, "w1", "recommendation", "2026-10-28 16:00:00"),
    _visit(CN, "w3", "recommendation", "2026-10-29 15:59:59"),
    _visit(EU, "x1", "organic_search", "2026-10-25 00:20:00"),
    _visit(EU, "x2", "organic_search", "2026-10-25 01:20:00"),
    _visit(EU, "x3", "direct", "2026-10-25 22:50:00"),
    _visit(EU, "x3", "direct", "2026-10-26 10:00:00"),
    _visit(EU, "x4", "direct", "2026-11-01 10:00:00"),
    # a wave of bots: a visitor and a bot that calls itself one twelve times
    _visit(US, "v10", "direct", "2026-05-20 15:00:00"),
    *(_visit(US, f"v{20 + minute}", "direct", f"2026-05-20 16:{minute:02d}:00", **BOT)
      for minute in range(12)),
    # a visit with a look and a mug for the cart, another with a mug alone; one that only looks; a
    # bot fills a cart too
    _visit(US, "u1", "direct", "2026-06-10 14:00:00", session_id="u1"),
    _visit(US, "u1", "direct", "2026-06-10 14:05:00", session_id="u1", event_type="add_to_cart",
           sku="mug"),
    _visit(US, "u1", "email", "2026-06-10 20:00:00", event_type="add_to_cart", sku="mug"),
    _visit(US, "u2", "direct", "2026-06-10 15:00:00"),
    _visit(US, "v9", "direct", "2026-06-10 16:00:00", event_type="add_to_cart", sku="mug", **BOT),
]  # fmt: skip

PAGE = Page(
    nothing={
        "sessions": 0,
        "visitors": 0,
        # nearly every visit to this shop is one event
        "bounce_rate": lambda of: (of("sessions"), of("sessions")),
        "source_mix": lambda of: (of("by_channel"), of("by_channel")),
        "visitor_value": lambda of: (of("paid_gmv"), of("visitors")),
        "invalid_traffic_share": lambda of: (of("bots"), of("visitors") + of("bots")),
    },
    # visitors of the channels added up: most come by one
    parts={"bots": 0, "by_channel": lambda of: of("visitors")},
    days={
        US: [
            Day("2026-05-20", sessions=1, visitors=1, bots=12),
            Day("2026-06-10", sessions=3, visitors=2, bots=1, bounce_rate=(2, 3),
                by_channel=2 + 1),
            # v1, v2, v3 came, v2 twice; the visit over midnight has two events
            Day("2026-10-24", sessions=4, visitors=3, bots=1, bounce_rate=(3, 4),
                by_channel=2 + 2),
            Day("2026-10-25", sessions=1, visitors=1),
            Day("2026-10-26", sessions=2, visitors=2),
            # a bot and nobody else: 0 sessions to bounce, nothing but invalid traffic
            Day("2026-10-27", bots=1, bounce_rate=NONE, invalid_traffic_share=(1, 1)),
            Day("2026-10-28", sessions=1, visitors=1),
            Day("2026-10-29", sessions=1, visitors=1),
            Day("2026-10-30", sessions=1, visitors=1),
            # v6 and v7
            Day("2026-11-01", sessions=3, visitors=2),
        ],
        CN: [
            Day("2026-10-24", sessions=1, visitors=1),
            Day("2026-10-25", sessions=3, visitors=2),
            Day("2026-10-26", sessions=1, visitors=1),
            Day("2026-10-29", sessions=2, visitors=2),
        ],
        EU: [
            Day("2026-10-25", sessions=3, visitors=3),
            Day("2026-10-26", sessions=1, visitors=1),
            Day("2026-11-01", sessions=1, visitors=1),
        ],
    },
    all_stores={
        ("visitors", "2026-10-24"): 3 + 1,
        ("visitors", "2026-10-25"): 1 + 2 + 3,
        ("visitors", "2026-10-26"): 2 + 1 + 1,
        ("visitors", "2026-10-27"): 0,
        ("visitors", "2026-10-29"): 1 + 2,
        ("visitors", "2026-11-01"): 2 + 1,
        ("bounce_rate", "2026-10-24"): (3 + 1, 4 + 1),
        ("invalid_traffic_share", "2026-05-20"): (12, 1 + 12),
    },
    slices={
        # v2 came by two channels
        ("visitors", "2026-10-24", US, "channel"): {"direct": 2, "paid_search": 2},
        ("source_mix", "2026-10-24", US, "channel"): {
            "direct": 2 / 4, "paid_search": 2 / 4, "email": 0 / 4,
            # advertised by, and costs that no channel has
            "social": 0 / 4, "unknown": 0 / 4,
        },
        # v9 by the channel it said; the visit over midnight came by search
        ("invalid_traffic_share", "2026-10-24", US, "channel"): {
            "direct": 1 / 3, "paid_search": 0 / 2,
        },
        ("bounce_rate", "2026-10-24", US, "channel"): {
            "direct": 2 / 2, "paid_search": 1 / 2,
        },
    },
    rows={"traffic": TRAFFIC},
)  # fmt: skip
