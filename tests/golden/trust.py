"""What came in of the golden shop's feeds, what was refused of it, and how late it was.

Almost every day has rows of some feed, so what came in is counted here once more, from the rows of
all pages: different keys of a store and local day. What is refused and late is written out.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from golden.book import Day, Page
from golden.shop import ALL, CN, EU, FIRST_DAY, LAST_DAY, STORES, US, ZONE, kpi_days
from storepulse.feeds.registry import all_feeds, feed_named
from storepulse.lake.check_counts import Checks
from support.accepted_lake import EXAMPLES, Row

# The book's feeds whose rows happen in a store on a day; its other seven describe or plan.
COUNTED = (
    "orders", "order_lines", "refunds", "shipments", "purchase_orders", "traffic", "checkouts",
    "inventory", "competitor_prices", "ads", "fees", "tickets", "reviews", "experiments",
    "platform_reports",
)  # fmt: skip


class Refused(NamedTuple):
    """A row that validation refused, told in the window of one UTC day."""

    feed: str
    told_on: datetime
    row: Row
    amount: str | None = None
    currency: str | None = None


US_ORDER = {"store_id": US, "order_id": "us-q1", "created_at": "2026-10-27 02:00:00"}
CN_AD = {"store_id": CN, "ad_platform": "searchads", "account_id": "a", "campaign_id": "c",
         "ad_group_id": "g", "report_date": "2026-10-24"}  # fmt: skip
EU_REFUND = {"store_id": EU, "refund_id": "eu-q1", "requested_at": "2026-11-03 12:00:00"}
US_EVENT = {"store_id": US, "occurred_at": "yesterday", "received_at": "2026-10-24 12:00:00"}
A_TICKET = {"store_id": "nowhere", "ticket_id": "q1", "created_at": "2026-10-24 12:00:00"}

REFUSED = [
    # told with 30 dollars, and again with 35: it is still the 26th in New York
    Refused("orders", datetime(2026, 10, 27), US_ORDER, "30.00", "USD"),
    Refused("orders", datetime(2026, 10, 28), US_ORDER, "35.00", "USD"),
    # billed in dollars, at 7 yuan
    Refused("ads", datetime(2026, 10, 25), CN_AD, "10.00", "USD"),
    # nobody knows what a euro is worth in yuan on that day
    Refused("refunds", datetime(2026, 11, 3), EU_REFUND, "9.00", "EUR"),
    # neither key nor moment can be read: it is of the day its window begins
    Refused("traffic", datetime(2026, 10, 24), US_EVENT),
    # of a store that nobody knows
    Refused("tickets", datetime(2026, 10, 24), A_TICKET),
]

# Rows in quarantine and the money they hold, by store and day.
HELD = {
    (US, "2026-10-26"): (1, 35),
    (CN, "2026-10-24"): (1, 10 * 7),
    (EU, "2026-11-03"): (1, 9),
    (US, "2026-10-24"): (1, 0),
}

# What windows of a UTC day were checked for: the 26th is the 26th in all three stores.
CHECKED = {
    ("orders", datetime(2026, 10, 26)): Checks(20, 19, 5, 5, 0),
    ("ads", datetime(2026, 10, 26)): Checks(10, 8, 5, 3, 2),
    ("orders", datetime(2026, 10, 27)): Checks(20, 20, 5, 5, 0),
}
# (critical checks passed, put to), (warnings passed, put to), columns changed
CHECKS = {
    "2026-10-26": ((19 + 8, 20 + 10), (5 + 3, 5 + 5), 2),
    "2026-10-27": ((20, 20), (5, 5), 0),
}

# The feed of experiments ends with the 17th in UTC, the others at six in the morning of the 20th.
# The days end at five in the morning of the next in New York, at 16:00 in Shanghai, at 23:00 in
# Berlin; the 20th is asked for until six.
HOURS_BEHIND = {
    (US, "2026-11-17"): 5, (US, "2026-11-18"): 24 + 5, (US, "2026-11-19"): 48 + 5,
    (CN, "2026-11-18"): 16, (CN, "2026-11-19"): 24 + 16,
    (EU, "2026-11-18"): 23, (EU, "2026-11-19"): 24 + 23,
    (US, "2026-11-20"): 48 + 6, (CN, "2026-11-20"): 48 + 6, (EU, "2026-11-20"): 48 + 6,
}  # fmt: skip

Counts = Mapping[tuple[str, str, date], int]


def page(rows: Mapping[str, list[Row]]) -> Page:
    """Count what came in and put the rest beside it.

    Args:
        rows: of the whole shop, by feed.
    """
    counts = _counts(rows)
    return Page(
        nothing={
            "freshness_lag_hours": (0, len(all_feeds())),
            "completeness": (0, 0),
            "quarantine_rate": (0, 0),
            "quarantined_amount": 0,
            "restatement_rate": lambda of: (0, abs(of("net_sales"))),
            "withdrawn_kpi_days": 0,
            "schema_drift_events": 0,
            "check_pass_rate": (0, 0),
            "warning_check_pass_rate": (0, 0),
        },
        money_ratios=frozenset({"restatement_rate"}),
        days={store: list(_days(store, counts)) for store in STORES},
        slices={
            ("freshness_lag_hours", "2026-11-19", CN, "feed"): {"experiments": 40},
            # told twice, refused twice, one row
            ("quarantine_rate", "2026-10-26", US, "feed"): {
                "orders": 1 / (1 + counts[US, "orders", date(2026, 10, 26)])
            },
            ("quarantined_amount", "2026-10-24", CN, "feed"): {"ads": 70},
            ("quarantined_amount", "2026-10-24", ALL, "feed"): {"ads": 70},
            ("schema_drift_events", "2026-10-26", EU, "feed"): {"ads": 2},
            ("check_pass_rate", "2026-10-26", EU, "feed"): {"orders": 19 / 20, "ads": 8 / 10},
            ("check_pass_rate", "2026-10-26", ALL, "feed"): {"orders": 19 / 20, "ads": 8 / 10},
            ("warning_check_pass_rate", "2026-10-26", US, "feed"): {"orders": 1, "ads": 3 / 5},
        },
    )


def _days(store: str, counts: Counts) -> Iterator[Day]:
    for day in kpi_days(store):
        came = {feed: counts.get((store, feed, day), 0) for feed in COUNTED}
        usual = {feed: _usual(store, feed, day, counts) for feed in COUNTED}
        held, money = HELD.get((store, str(day)), (0, 0))
        critical, warning, changed = CHECKS.get(str(day), ((0, 0), (0, 0), 0))
        yield Day(
            str(day),
            freshness_lag_hours=(HOURS_BEHIND.get((store, str(day)), 0), len(all_feeds())),
            completeness=(
                sum(came[feed] for feed in COUNTED if usual[feed] is not None),
                sum(rows for rows in usual.values() if rows is not None),
            ),
            quarantine_rate=(held, held + sum(came.values())),
            quarantined_amount=money,
            schema_drift_events=changed,
            check_pass_rate=critical,
            warning_check_pass_rate=warning,
            # two days were not over for a day in any store
            **({"restatement_rate": (0, 0)} if day > LAST_DAY - timedelta(days=2) else {}),
        )


def _usual(store: str, feed: str, day: date, counts: Counts) -> float | None:
    """Mean of the same weekday of the four weeks before, where two of them are known."""
    before = [day - timedelta(weeks=week) for week in (1, 2, 3, 4)]
    known = [counts.get((store, feed, one), 0) for one in before if one >= FIRST_DAY[store]]
    return round(sum(known) / len(known), 2) if len(known) > 1 else None


def _counts(rows: Mapping[str, list[Row]]) -> Counts:
    keys: dict[tuple[str, str, date], set[tuple]] = {}
    for feed in COUNTED:
        for row in rows.get(feed, []):
            whole = {**EXAMPLES[feed], **row}
            store, moment = str(whole["store_id"]), str(whole[feed_named(feed).event_time])
            key = tuple(str(whole[column]) for column in feed_named(feed).key)
            keys.setdefault((store, feed, _local(moment, store)), set()).add(key)
    return {place: len(of_day) for place, of_day in keys.items()}


def _local(moment: str, store: str) -> date:
    if len(moment) == len("2026-10-24"):
        return date.fromisoformat(moment)
    utc = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return utc.astimezone(ZoneInfo(ZONE[store])).date()
