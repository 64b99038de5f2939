"""A store's books over all days lived: what was ordered, and all that will yet become of it."""

from dataclasses import dataclass

import pandas as pd

from shop_simulator.stores import Store


@dataclass(frozen=True)
class Books:
    """What a store's days brought, moments after the clock included.

    Attributes:
        orders: one row per order; see `orders.take_orders` and `lifecycle`.
        lines: one row per line.
        parcels: one row per parcel, or what would be one; see `parcels.pack_parcels`.
        slips: one row per refund slip; see `refunds.refund_slips`.
        tickets: one row per ticket of the service desk; see `tickets.tickets_of`.
        reviews: one row per review; see `reviews.reviews_of`.
    """

    store: Store
    orders: pd.DataFrame
    lines: pd.DataFrame
    parcels: pd.DataFrame
    slips: pd.DataFrame
    tickets: pd.DataFrame
    reviews: pd.DataFrame
