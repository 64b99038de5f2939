"""How far each fact that is replaced by event dates looks back and ahead."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Lookback:
    """A fact's feed and the days, relative to a day of it, that belong together.

    Attributes:
        feed: the feed that the fact is made of.
        affects: days of the fact that change when a day of the feed does.
        reads: days of the feed that must be read to rebuild a day of the fact.
    """

    feed: str
    affects: range = range(1)
    reads: range = range(1)


# The comments of the models give the reasons.
LOOKBACKS: Mapping[str, Lookback] = {
    "fct_orders": Lookback("orders"),
    "fct_order_lines": Lookback("order_lines"),
    "fct_refunds": Lookback("refunds"),
    "fct_sessions": Lookback("traffic", affects=range(-1, 3), reads=range(-2, 2)),
    "fct_stock_daily": Lookback("inventory", affects=range(-1, 2), reads=range(-1, 2)),
    "fct_stock_warehouse_daily": Lookback("inventory", affects=range(-1, 2), reads=range(-1, 2)),
    "fct_competitor_prices": Lookback("competitor_prices"),
    "fct_tickets": Lookback("tickets"),
    "fct_reviews": Lookback("reviews"),
    "fct_ads": Lookback("ads"),
    "fct_fees": Lookback("fees"),
    "fct_carts": Lookback("checkouts", affects=range(-1, 1), reads=range(2)),
    "fct_product_views": Lookback("traffic", affects=range(-1, 2), reads=range(-1, 2)),
    "fct_checkouts": Lookback("checkouts", affects=range(-1, 1), reads=range(2)),
    "fct_shipments": Lookback("shipments"),
    "fct_purchase_orders": Lookback("purchase_orders"),
}
