"""What is told of feeds themselves: rows that came in, were refused or are missing."""

import re
from datetime import date

import duckdb
import pytest

from golden.trust import COUNTED
from storepulse.feeds.registry import all_feeds
from storepulse.settings import PROJECT_ROOT
from storepulse.transform import dbt_runner
from support.accepted_lake import AcceptedLake

# What describes or plans: its rows are restated, not added to.
DESCRIBING = {
    "stores", "products", "calendar_events", "fx_rates", "tasks", "targets", "budgets",
}  # fmt: skip

FEED_DAYS = """
    select store_id, feed, business_date, rows_accepted, rows_quarantined, amount_held
    from marts.fct_feed_days where rows_accepted > 0 or rows_quarantined > 0 order by all
"""

DAY_STATES = """
    select business_date, day_state, rows_late
    from marts.fct_feed_days
    where store_id = 'us_site' and feed = 'orders' and business_date >= date '2026-11-01'
    order by all
"""


def test_every_feed_is_counted_unless_it_describes_or_plans():
    macro = (PROJECT_ROOT / "dbt_project/macros/trust/counted_feeds.sql").read_text("utf-8")
    named = re.findall(r"'(\w+)'", macro.split("endmacro")[0])

    assert set(named) == set(all_feeds()) - DESCRIBING
    assert set(COUNTED) == set(named)


@pytest.mark.timeout(900)
def test_rows_told_again_and_refused_again_are_counted_once_in_every_build(home_of_lakes):
    lake = AcceptedLake.emptied(home_of_lakes)
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
    dbt_runner.build(lake.settings, tested=False)

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
    dbt_runner.build(lake.settings, tested=False)

    assert _rows(lake, FEED_DAYS) == [
        ("unknown", "orders", date(2026, 11, 4), 0, 1, None),
        ("us_site", "orders", date(2026, 11, 1), 1, 0, 0),
        ("us_site", "orders", date(2026, 11, 2), 2, 1, 9),
    ]
    # order two was told again, which restates nothing; order four came after its day was over
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
