"""The pages of the golden book, and all of its rows."""

from accepted_lake import Row
from golden import (
    competition,
    conversion,
    customers,
    inventory,
    marketing,
    merchandise,
    orders,
    profit,
    sales,
    service,
    shop,
    targets,
    traffic,
)
from golden.book import Page

PAGES: dict[str, Page] = {
    "targets": targets.PAGE,
    "sales": sales.PAGE,
    "traffic": traffic.PAGE,
    "conversion": conversion.PAGE,
    "inventory": inventory.PAGE,
    "competition": competition.PAGE,
    "customers": customers.PAGE,
    "merchandise": merchandise.PAGE,
    "service": service.PAGE,
    "marketing": marketing.PAGE,
    "profit": profit.PAGE,
}

# KPIs that are published and not yet in the book. To be empty.
NOT_YET: frozenset[str] = frozenset(
    {
        "available_units",
        "days_of_cover",
        "dead_stock_share",
        "delivery_hours_p50",
        "delivery_hours_p90",
        "inventory_turnover",
        "late_shipment_rate",
        "lost_profit",
        "lost_profit_coverage",
        "lost_units",
        "overdue_backlog_share",
        "oversold_units",
        "sell_active_rate",
        "ship_rate_24h",
        "ship_rate_48h",
        "skus_to_reorder",
        "stock_cost_coverage",
        "stock_turn_days",
        "stock_value",
        "unshipped_backlog",
        "weighted_in_stock_rate",
    }
)


def all_rows() -> dict[str, list[Row]]:
    """Every row of the shop, by feed."""
    rows: dict[str, list[Row]] = {}
    for some in (shop.ROWS, orders.ROWS, *(page.rows for page in PAGES.values())):
        for feed, of_feed in some.items():
            rows.setdefault(feed, []).extend(of_feed)
    return rows
