"""The pages of the golden book, and all of its rows."""

from golden import (
    bridge,
    competition,
    conversion,
    customers,
    inventory,
    logistics,
    marketing,
    merchandise,
    orders,
    profit,
    sales,
    service,
    shop,
    targets,
    traffic,
    trust,
)
from golden.book import Page
from support.accepted_lake import Row

PAGES: dict[str, Page] = {
    "targets": targets.PAGE,
    "sales": sales.PAGE,
    "traffic": traffic.PAGE,
    "conversion": conversion.PAGE,
    "inventory": inventory.PAGE,
    "logistics": logistics.PAGE,
    "competition": competition.PAGE,
    "customers": customers.PAGE,
    "merchandise": merchandise.PAGE,
    "service": service.PAGE,
    "marketing": marketing.PAGE,
    "profit": profit.PAGE,
    "bridge": bridge.PAGE,
}

# KPIs that are published and not yet in the book. To be empty.
NOT_YET: frozenset[str] = frozenset()


def all_rows() -> dict[str, list[Row]]:
    """Every row of the shop, by feed."""
    rows: dict[str, list[Row]] = {}
    for some in (shop.ROWS, orders.ROWS, *(page.rows for page in PAGES.values())):
        for feed, of_feed in some.items():
            rows.setdefault(feed, []).extend(of_feed)
    return rows


# About the rows of all the other pages, so it is the last.
PAGES["trust"] = trust.page(all_rows())
