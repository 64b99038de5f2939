"""Stock in the warehouses: sold during a day, replenished by suppliers, counted at 23:00."""

from datetime import date

import numpy as np

from shop_simulator.goods.purchasing import OrderBook, sku_slowness
from shop_simulator.randomness import Bools, Floats, Ints, stream
from shop_simulator.setting.catalogue import SKU_COUNT

WAREHOUSES = 2
LOCATIONS = WAREHOUSES * SKU_COUNT
# Buyers are served from their region's warehouse first.
REGION_SHARES = np.array([0.65, 0.35])
_LEAD_DAYS = 7
_SAFETY_DAYS = 4
_COVER_DAYS = 18


class Shelves:
    """What a store can still sell, per warehouse and SKU (a location).

    Args:
        seed: of the world.
        store_code: names the streams of chance.
        daily_rate: units sold on the first days, shape (LOCATIONS,).
    """

    def __init__(self, seed: int, store_code: str, daily_rate: Floats) -> None:
        self._seed = seed
        self._store_code = store_code
        rng = stream(seed, store_code, "opening stock")
        cover = rng.uniform(_LEAD_DAYS + 2, _COVER_DAYS + _LEAD_DAYS, LOCATIONS)
        self.opening: Ints = np.ceil(daily_rate * cover + 3).astype(np.int64)
        self.available: Ints = self.opening.copy()
        ages = stream(seed, store_code, "age of opening stock")
        self.opening_age_days: Ints = np.round(ages.gamma(1.2, 35.0, LOCATIONS)).astype(np.int64)
        self._slowness = np.tile(sku_slowness(), WAREHOUSES)
        self.purchases = OrderBook(seed, store_code, LOCATIONS)
        self._released: dict[int, Ints] = {}
        # By local day (ordinal): units received, units of them rejected, and units on order.
        self.received: dict[int, Ints] = {}
        self.defect: dict[int, Ints] = {}
        self.in_transit: dict[int, Ints] = {}

    def open_day(self, day: date) -> None:
        """Add what was received and what cancelled orders released overnight."""
        ordinal = day.toordinal()
        received, defect = self.purchases.open_day(ordinal)
        self.received[ordinal], self.defect[ordinal] = received, defect
        self.available = self.available + received - defect
        for earlier in [key for key in self._released if key <= ordinal]:
            self.available = self.available + self._released.pop(earlier)

    def sell(self, sku: Ints, quantity: Ints, region: Ints, blocked: Bools) -> Ints:
        """Reserve goods in the order buyers come.

        Args:
            sku: what each buyer wants, in order of time; shape (n,).
            quantity: how many; same shape.
            region: whose warehouse is asked first; same shape.
            blocked: SKUs that may not be sold; shape (SKUs,).

        Returns:
            the warehouse that serves each, -1 where nobody can; same shape.
        """
        served = np.full(len(sku), -1, dtype=np.int64)
        for warehouse in (region, 1 - region):
            open_ones = np.flatnonzero((served < 0) & ~blocked[sku])
            location = warehouse[open_ones] * SKU_COUNT + sku[open_ones]
            enough = _first_come(location, quantity[open_ones], self.available)
            won = open_ones[enough]
            served[won] = warehouse[won]
            np.subtract.at(self.available, location[enough], quantity[won])
        return served

    def release(self, location: Ints, quantity: Ints, ordinal: Ints) -> None:
        """Note goods of cancelled orders; they can be sold again from the given days on."""
        for day in np.unique(ordinal).tolist():
            mine = ordinal == day
            freed = np.bincount(location[mine], quantity[mine], LOCATIONS).astype(np.int64)
            self._released[day] = self._released.get(day, 0) + freed

    def close_day(self, day: date, daily_rate: Floats, supplied: Bools) -> None:
        """Order from suppliers what will not last until the next delivery.

        Args:
            day: the local day that ends.
            daily_rate: units expected to be sold per day in the coming weeks, shape (LOCATIONS,).
            supplied: SKUs that will go on being sold; shape (SKUs,).
        """
        ordinal = day.toordinal()
        rng = stream(self._seed, self._store_code, "supply", ordinal)
        position = self.available + self.purchases.coming
        short = position < daily_rate * (_LEAD_DAYS + _SAFETY_DAYS) + 2
        short &= np.tile(supplied, WAREHOUSES)
        lot = np.where(short, np.ceil(daily_rate * (_COVER_DAYS + _LEAD_DAYS) + 4) - position, 0)
        lead = np.maximum(
            2, np.round(_LEAD_DAYS * self._slowness * rng.lognormal(0, 0.25, LOCATIONS))
        )
        self.purchases.order(day, lot.astype(np.int64), lead.astype(np.int64))
        self.in_transit[ordinal] = self.purchases.coming


def _first_come(location: Ints, quantity: Ints, available: Ints) -> Bools:
    """Which requests are served; one for more than is left goes to those after it."""
    enough = _running_total(location, quantity) <= available[location]
    for scarce in np.unique(location[~enough]).tolist():
        left = int(available[scarce])
        for buyer in np.flatnonzero(location == scarce).tolist():
            enough[buyer] = quantity[buyer] <= left
            left -= int(quantity[buyer]) if enough[buyer] else 0
    return np.asarray(enough, dtype=np.bool_)


def _running_total(location: Ints, quantity: Ints) -> Ints:
    """Sum of quantity so far within each location, in the given order, the row itself included."""
    order = np.argsort(location, kind="stable")
    total = np.cumsum(quantity[order])
    first = np.flatnonzero(np.diff(location[order], prepend=-1))
    before = np.repeat(total[first] - quantity[order][first], np.diff(first, append=len(order)))
    running = np.empty(len(order), dtype=np.int64)
    running[order] = total - before
    return running


def daily_rate(expected_units: float, wanted: Floats) -> Floats:
    """Spread a day's expected units over the locations.

    Args:
        expected_units: of the whole store.
        wanted: interest per SKU, in any unit; shape (SKUs,).
    """
    share = wanted / wanted.sum()
    return np.concatenate([expected_units * share * region for region in REGION_SHARES])
