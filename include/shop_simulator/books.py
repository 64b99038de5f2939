"""A store's books over all simulated days: what was ordered, and what will happen to it."""

from dataclasses import dataclass

import pandas as pd

from shop_simulator.setting.stores import Store


@dataclass(frozen=True)
class Books:
    """Everything recorded over a store's days, moments after the clock included.

    Attributes:
        orders: one row per order; see `selling.orders` and `selling.lifecycle`.
        lines: one row per line.
        parcels: one row per parcel, or what would be one; see `selling.parcels`.
        slips: one row per refund slip; see `selling.refunds`.
        tickets: one row per ticket of the service desk; see `api_tables.tickets`.
        reviews: one row per review; see `database.reviews`.
    """

    store: Store
    orders: pd.DataFrame
    lines: pd.DataFrame
    parcels: pd.DataFrame
    slips: pd.DataFrame
    tickets: pd.DataFrame
    reviews: pd.DataFrame
