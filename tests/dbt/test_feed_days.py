"""KPIs about feeds themselves: rows that arrived, were refused or are missing."""

from datetime import date

import duckdb

from storepulse.feeds.registry import all_feeds
from support.accepted_lake import AcceptedLake
from support.example_shop import build_only

FEED_DAYS = """
    select store_id, feed, business_date, rows_accepted, rows_quarantined, amount_refused
    from marts.fct_feed_daily where rows_accepted > 0 or rows_quarantined > 0 order by all
"""

DAY_STATES = """
    select business_date, day_state, rows_late
    from marts.fct_feed_daily
    where store_id = 'us_site' and feed = 'orders' and business_date >= date '2026-11-01'
    order by all
"""


def test_rows_delivered_again_and_refused_again_are_counted_once_in_every_build(
    lake_with_tables,
):
    lake = lake_with_tables
    whole = ("2026-10-25", "2026-11-04")
    for feed in all_feeds():
        lake.accept(feed, [{}] if feed in {"stores", "fx_rates"} else [], *whole)
    # five in the morning in UTC is midnight in New York
    orders = [
        {"order_id": "one", "created_at": "2026-11-02 04:59:59"},
        {"order_id": "two", "created_at": "2026-11-02 05:00:00"},
    ]
    lake.accept("orders", orders, *whole)
    refused = {"store_id": "us_site", "order_id": "three", "created_at": "2026-11-02 06:00:00"}
    lake.refuse("orders", [{**refused, "_amount": "8", "_currency": "USD"}], *whole)
    build_only(lake.settings, "fct_feed_daily")

    assert _rows(lake, FEED_DAYS) == [
        ("us_site", "orders", date(2026, 11, 1), 1, 0, 0),
        ("us_site", "orders", date(2026, 11, 2), 1, 1, 8),
    ]

    later = ("2026-11-04", "2026-11-05")
    for feed in all_feeds():
        lake.accept(feed, [], *later)
    again = {"order_id": "two", "created_at": "2026-11-02 05:00:00", "status": "paid"}
    late = {"order_id": "four", "created_at": "2026-11-02 08:00:00"}
    lake.accept("orders", [again, late], *later)
    unread = {"store_id": "nowhere", "order_id": "five", "created_at": "soon"}
    refused_again = {**refused, "_amount": "9", "_currency": "USD"}
    lake.refuse("orders", [refused_again, unread], *later)
    build_only(lake.settings, "fct_feed_daily")

    assert _rows(lake, FEED_DAYS) == [
        ("unknown", "orders", date(2026, 11, 4), 0, 1, None),
        ("us_site", "orders", date(2026, 11, 1), 1, 0, 0),
        ("us_site", "orders", date(2026, 11, 2), 2, 1, 9),
    ]
    # order two was delivered again, which restates nothing; order four arrived after its day
    assert _rows(lake, DAY_STATES) == [
        (date(2026, 11, 1), "complete", 0),
        (date(2026, 11, 2), "restated", 1),
        (date(2026, 11, 3), "complete", 0),
        (date(2026, 11, 4), "open", 0),
    ]


def _rows(lake: AcceptedLake, query: str) -> list[tuple]:
    place = lake.settings.warehouse_file
    with duckdb.connect(str(place), read_only=True) as connection:
        return connection.execute(query).fetchall()
