"""What lies in the warehouses: sold down within a day, filled up by suppliers, counted at 23:00."""

from datetime import date

import numpy as np

from shop_simulator.catalogue import SKU_COUNT
from shop_simulator.randomness import Bools, Floats, Ints, stream

WAREHOUSES = 2
LOCATIONS = WAREHOUSES * SKU_COUNT
# Buyers are served from their region's warehouse first.
REGION_SHARES = np.array([0.65, 0.35])
_LEAD_DAYS = 7
_SAFETY_DAYS = 4
_COVER_DAYS = 18
_SLOW_SHARE = 0.15


class Shelves:
    """What a store can still promise to buyers, per warehouse and SKU (a location).

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
        # Suppliers differ: with some, deliveries come late as a habit.
        self._slowness = np.tile(
            np.where(rng.random(SKU_COUNT) < _SLOW_SHARE, 1.7, 1.0), WAREHOUSES
        )
        self._due: dict[int, Ints] = {}
        self._released: dict[int, Ints] = {}
        self.received: dict[int, Ints] = {}
        self.in_transit: dict[int, Ints] = {}

    def open_day(self, day: date) -> None:
        """Take in what arrived and what cancelled orders set free overnight."""
        ordinal = day.toordinal()
        arrived = self._due.pop(ordinal, np.zeros(LOCATIONS, dtype=np.int64))
        self.received[ordinal] = arrived
        self.available = self.available + arrived
        for earlier in [key for key in self._released if key <= ordinal]:
            self.available = self.available + self._released.pop(earlier)

    def sell(self, sku: Ints, quantity: Ints, region: Ints, held: Bools) -> Ints:
        """Promise goods in the order buyers come.

        Args:
            sku: what each buyer wants, in order of time; shape (n,).
            quantity: how many; same shape.
            region: whose warehouse is asked first; same shape.
            held: SKUs that may not be sold; shape (SKUs,).

        Returns:
            the warehouse that serves each, -1 where nobody can; same shape.
        """
        served = np.full(len(sku), -1, dtype=np.int64)
        for warehouse in (region, 1 - region):
            open_ones = np.flatnonzero((served < 0) & ~held[sku])
            location = warehouse[open_ones] * SKU_COUNT + sku[open_ones]
            enough = _running_total(location, quantity[open_ones]) <= self.available[location]
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
        coming: Ints = sum(self._due.values(), np.zeros(LOCATIONS, dtype=np.int64))
        position = self.available + coming
        short = position < daily_rate * (_LEAD_DAYS + _SAFETY_DAYS) + 2
        short &= np.tile(supplied, WAREHOUSES)
        lot = np.where(short, np.ceil(daily_rate * (_COVER_DAYS + _LEAD_DAYS) + 4) - position, 0)
        lead = np.maximum(
            2, np.round(_LEAD_DAYS * self._slowness * rng.lognormal(0, 0.25, LOCATIONS))
        )
        for days in np.unique(lead[short]).tolist():
            arriving = np.where(lead == days, lot, 0).astype(np.int64)
            due = ordinal + int(days)
            self._due[due] = self._due.get(due, 0) + arriving
        self.in_transit[ordinal] = coming + lot.astype(np.int64)


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
