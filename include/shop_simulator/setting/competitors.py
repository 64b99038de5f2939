"""Three competing shops per market: their prices, day by day, for what we sell too.

A competitor re-prices once a day, at midnight UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from shop_simulator.randomness import Bools, Floats, Ints, stream
from shop_simulator.setting.calendar import Occasion, promotion_on
from shop_simulator.setting.catalogue import SKU_COUNT, Assortment
from shop_simulator.setting.incidents import Incident, effects_on

COMPETITORS = ("alpha", "bravo", "charlie")
# How far each prices above or below us as a habit.
_HABITS = (0.97, 1.0, 1.04)
_WAR_SKUS = 24
# Of our SKUs, so many are sold by a competitor; of those, so many with our item number.
_MATCHED, _STATED = 0.72, 0.9
# Chances per SKU and day.
_REPRICED, _SOLD_OUT, _MARKED_DOWN = 0.15, 0.04, 0.008
_MARK_DOWN_DAYS, _MARK_DOWN_FACTOR = 4, 0.87
_OWN_WEEKEND_CONVERSION = 1.25


@dataclass(frozen=True)
class CompetitorPrices:
    """Competitors' prices in one store's market.

    Attributes:
        price_cents: shape (days, competitors, SKUs), in the currency of the market.
        list_cents: the price they strike through; same shape.
        in_stock: same shape.
        matched: whether the competitor sells that SKU; shape (competitors, SKUs).
        stated: whether it also states our item number; same shape.
    """

    price_cents: Ints
    list_cents: Ints
    in_stock: Bools
    matched: Bools
    stated: Bools

    def lowest(self, row: int) -> Floats:
        """What a buyer pays at the cheapest competitor that has it; NaN where none has."""
        offered = np.where(
            self.matched & self.in_stock[row], self.price_cents[row].astype(float), np.inf
        )
        lowest = offered.min(axis=0)
        return np.asarray(np.where(np.isinf(lowest), np.nan, lowest), dtype=np.float64)


def competitor_prices_of(
    seed: int,
    assortment: Assortment,
    days: Sequence[date],
    entries: Sequence[Occasion],
    incidents: Sequence[Incident],
) -> CompetitorPrices:
    """The prices of one store's competitors.

    Args:
        seed: of the world.
        assortment: what we sell, at our first prices.
        days: consecutive UTC days from the beginning of history.
        entries: the marketing calendar; competitors run the same promotions.
        incidents: the price wars among them lower prices.
    """
    store = assortment.store
    shape = (len(COMPETITORS), SKU_COUNT)
    habits = stream(seed, store.code, "competitors")
    matched = habits.random(shape) < _MATCHED
    stated = matched & (habits.random(shape) < _STATED)
    level = np.array(_HABITS)[:, None] * habits.lognormal(0, 0.06, shape)
    drift = np.zeros(shape)
    prices, lists, stocks = [], [], []
    for day in days:
        rng = stream(seed, store.code, "competitors", day.toordinal())
        # Drawn to its habit, so that a price wanders for weeks and not away for good.
        drift = 0.97 * drift + rng.normal(0, 0.035, shape) * (rng.random(shape) < _REPRICED)
        usual = assortment.price_cents * level * np.exp(drift)
        asked = usual * _mark_downs(seed, assortment, day, entries)
        asked = _at_war(asked, assortment, effects_on(incidents, store.code, day).competitor_cut)
        prices.append(_cents(asked))
        lists.append(_cents(usual * 1.15))
        stocks.append(rng.random(shape) > _SOLD_OUT)
    return CompetitorPrices(np.stack(prices), np.stack(lists), np.stack(stocks), matched, stated)


def _mark_downs(
    seed: int, assortment: Assortment, day: date, entries: Sequence[Occasion]
) -> npt.NDArray[np.float64]:
    """Each competitor marks a few SKUs down for some days, and joins the big promotions."""
    shape = (len(COMPETITORS), SKU_COUNT)
    factor = np.ones(shape)
    for age in range(_MARK_DOWN_DAYS):
        begun = (day - timedelta(days=age)).toordinal()
        rng = stream(seed, assortment.store.code, "mark-downs", begun)
        factor = np.where(rng.random(shape) < _MARKED_DOWN, _MARK_DOWN_FACTOR, factor)
    promotion = promotion_on(entries, assortment.store.code, day)
    # Nobody else knows of our own long weekends.
    if promotion is not None and promotion.conversion > _OWN_WEEKEND_CONVERSION:
        factor = factor * 0.9
    return factor


def _at_war(
    asked: npt.NDArray[np.float64], assortment: Assortment, cut: float
) -> npt.NDArray[np.float64]:
    fought_over = np.zeros(SKU_COUNT)
    fought_over[assortment.best_sellers(_WAR_SKUS)] = cut
    return asked * (1 - fought_over)


def _cents(price: npt.NDArray[np.float64]) -> Ints:
    return (np.round(price / 10) * 10).astype(np.int64)


def appeal(own_cents: Ints, lowest_cents: Floats) -> Floats:
    """How readily a visitor buys at our price, given the cheapest competitor's.

    Args:
        own_cents: what we ask, discounts included; shape (SKUs,).
        lowest_cents: NaN where nobody else sells it.

    Returns:
        a factor about 1; 30 % dearer than the cheapest costs about half of the buyers.
    """
    relative = np.where(np.isnan(lowest_cents), own_cents, lowest_cents) / own_cents
    # The cheapest of three is usually below us; buyers are used to that.
    return np.asarray(np.clip((relative / 0.95) ** 2.0, 0.3, 1.35), dtype=np.float64)
