"""Facts replaced by event dates: the feed they are made of, and what a day of it reaches into."""

from collections.abc import Mapping

# The days around a touched one that change too, and the days around a rebuilt one that must be read
# (the models' comments say why).
NEIGHBOURS: Mapping[str, tuple[str, range, range]] = {
    "fct_orders": ("orders", range(1), range(1)),
    "fct_order_lines": ("order_lines", range(1), range(1)),
    "fct_refunds": ("refunds", range(1), range(1)),
    "fct_sessions": ("traffic", range(-1, 3), range(-2, 2)),
    "fct_stock_days": ("inventory", range(-1, 2), range(-1, 2)),
    "fct_stock_warehouse_days": ("inventory", range(-1, 2), range(-1, 2)),
    "fct_competitor_prices": ("competitor_prices", range(1), range(1)),
    "fct_tickets": ("tickets", range(1), range(1)),
    "fct_reviews": ("reviews", range(1), range(1)),
    "fct_ads": ("ads", range(1), range(1)),
    "fct_fees": ("fees", range(1), range(1)),
    "fct_carts": ("checkouts", range(-1, 1), range(2)),
    "fct_product_views": ("traffic", range(-1, 2), range(-1, 2)),
    "fct_checkouts": ("checkouts", range(-1, 1), range(2)),
    "fct_shipments": ("shipments", range(1), range(1)),
    "fct_purchase_orders": ("purchase_orders", range(1), range(1)),
}
