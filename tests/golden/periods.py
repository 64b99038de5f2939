"""What weeks and months come to: their days added up, where nothing else is said here."""

from collections.abc import Sequence
from decimal import Decimal

# Numerator and denominator are those of the last day: stock, open orders, a look back from it.
OF_THE_LAST_DAY = {
    "ad_budget_pacing",
    "ad_budget_used",
    "days_of_cover",
    "dead_stock_share",
    "inventory_turnover",
    "overdue_backlog_share",
    "repeat_rate_30d",
    "repeat_rate_90d",
    "repeat_rate_365d",
    "sell_active_rate",
    "stock_cost_coverage",
    "stock_turn_days",
    "target_attainment",
    "target_progress_gap",
}
# Summed over the days that are known; stock that was not counted is no stock that was lost, and of
# days without a platform's report there is nothing to compare.
OF_KNOWN_DAYS = {"lost_units", "lost_profit", "lost_profit_coverage", "reconciliation_gap"}
# Days of it are awaited of New York's warehouse, which nobody takes for uncounted yet.
AWAITED = ("week", "2026-11-09", "us_site")
# They have a number on these days all the same, which look back on others: a part, and no week's.
LOOKING_BACK = {"stock_turn_days", "inventory_turnover"}

# People are counted once in a period, so it says less than its days added up. By grain, first day
# and store: visitors, of whom the traffic page names each visit, and paying buyers.
#   us: 24 Oct v1 v2 v2 v3, 25 v1, 26 v4 v5, 28 v1, 29 and 30 v2, 1 Nov v6 v7 v6; v9 is a machine.
#       24 Oct us-2, us-4 and us-1 of one buyer, 25 us-3, 26 us-7, 28 us-13,
#       1 Nov us-8, us-9, us-10 of the buyer of us-1; us-6, us-12 and us-14 are no valid orders.
#   cn: 24 Oct w1, 25 w1 w2 w2, 26 w1, 29 w3 w1. Five orders of five buyers, 24, 25, 29, 29, 31 Oct.
#   eu: 25 Oct x1 x2 x3, 26 x3, 1 Nov x4. Four buyers on 25 Oct, one again on 26; 1 Nov another.
PEOPLE = {
    ("month", "2026-10-01", "us_site"): (5, 5),
    ("month", "2026-10-01", "cn_market"): (3, 5),
    ("month", "2026-10-01", "eu_shop"): (3, 4),
    ("month", "2026-10-01", "all"): (5 + 3 + 3, 5 + 5 + 4),
    ("week", "2026-10-19", "us_site"): (3, 3),
    ("week", "2026-10-19", "cn_market"): (2, 2),
    ("week", "2026-10-19", "eu_shop"): (3, 4),
    ("week", "2026-10-19", "all"): (3 + 2 + 3, 3 + 2 + 4),
    ("week", "2026-10-26", "us_site"): (6, 5),
    ("week", "2026-10-26", "cn_market"): (2, 3),
    ("week", "2026-10-26", "eu_shop"): (2, 2),
    ("week", "2026-10-26", "all"): (6 + 2 + 2, 5 + 3 + 2),
}
# Parts of KPIs that are people: those above, and others that are only known not to be more than
# their days added up.
VISITORS = {
    ("visitors", "numerator"),
    ("payment_conversion", "denominator"),
    ("visitor_value", "denominator"),
}
BUYERS = {
    ("paying_buyers", "numerator"),
    ("payment_conversion", "numerator"),
    ("spend_per_buyer", "denominator"),
}
AT_MOST_ADDED_UP = {
    ("add_to_cart_rate", "numerator"),
    ("add_to_cart_rate", "denominator"),
    ("invalid_traffic_share", "numerator"),
    ("invalid_traffic_share", "denominator"),
    ("source_mix", "numerator"),
    ("source_mix", "denominator"),
}


def is_in_part(kpi: str, period: tuple[str, str, str]) -> bool:
    """Whether a period has no number because its days' are parts, by KPI, and grain, day, store."""
    return kpi in LOOKING_BACK and period == AWAITED


def is_right(
    number: Decimal | None,
    part: tuple[str, str],
    days: Sequence[Decimal | None],
    period: tuple[str, str, str],
) -> bool:
    """Whether a period comes to what its days and this page say.

    Args:
        number: what it comes to.
        part: a KPI, and its numerator or denominator.
        days: what the book says of each of its days, in order.
        period: grain, first day, store.
    """
    kpi = part[0]
    if is_in_part(kpi, period):
        return number is None
    known = [day for day in days if day is not None]
    if kpi in OF_THE_LAST_DAY:
        return number == days[-1]
    if part in VISITORS | BUYERS and period in PEOPLE:
        return number == PEOPLE[period][part in BUYERS]
    if part in VISITORS | BUYERS | AT_MOST_ADDED_UP:
        return number is not None and number <= sum(known)
    of_known_days = kpi in OF_KNOWN_DAYS and period != AWAITED
    if not known or (len(known) < len(days) and not of_known_days):
        return number is None
    return number == sum(known)
