"""Who carries the parcels of each market, how fast as a rule, and for how much."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Carrier:
    """A carrier under contract with a store.

    Attributes:
        prefix: what its waybill numbers begin with.
        share: of the store's parcels; the first of a market's carriers has most.
        hours: usual time from the first scan to delivery.
        spread: of that time, on a logarithmic scale.
        promised_hours: from hand-over to delivery, as promised to buyers.
        cents: for a parcel of one unit, in the currency of the market.
        cents_more: for every further unit.
    """

    name: str
    prefix: str
    share: float
    hours: float
    spread: float
    promised_hours: float
    cents: int
    cents_more: int


CARRIERS: Mapping[str, tuple[Carrier, ...]] = {
    "cn": (
        Carrier("shunda", "SD", 0.55, 38.0, 0.30, 72.0, 620, 90),
        Carrier("yuanfeng", "YF", 0.30, 56.0, 0.34, 96.0, 410, 70),
        Carrier("citylink", "CL", 0.15, 20.0, 0.30, 48.0, 950, 120),
    ),
    "us": (
        Carrier("blueline", "1BL", 0.60, 66.0, 0.30, 120.0, 540, 75),
        Carrier("parcelmail", "PM", 0.40, 84.0, 0.34, 144.0, 430, 60),
    ),
    "eu": (
        Carrier("nordpost", "NP", 0.60, 50.0, 0.30, 96.0, 420, 55),
        Carrier("kurier24", "K24", 0.40, 34.0, 0.28, 72.0, 560, 70),
    ),
}
