"""What the shops sell: twenty styles in three variants each, and what they cost over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np

from shop_simulator.randomness import Floats, Ints, stream
from shop_simulator.setting.incidents import Effects
from shop_simulator.setting.stores import Store

CATEGORIES = ("kitchen", "home", "outdoor", "beauty", "toys", "electronics")

# Category, style, price in US dollars, variants.
_STYLES = (
    ("kitchen", "Cast-iron pan", 39.0, ("20 cm", "24 cm", "28 cm")),
    ("kitchen", "Pour-over kettle", 52.0, ("black", "steel", "white")),
    ("kitchen", "Chef's knife", 45.0, ("walnut", "oak", "resin")),
    ("kitchen", "Bento box", 21.0, ("green", "sand", "navy")),
    ("home", "Linen duvet cover", 89.0, ("single", "double", "king")),
    ("home", "Aroma diffuser", 34.0, ("white", "grey", "wood")),
    ("home", "Storage basket", 18.0, ("S", "M", "L")),
    ("home", "Reading lamp", 42.0, ("brass", "black", "white")),
    ("outdoor", "Insulated bottle", 26.0, ("500 ml", "750 ml", "1 l")),
    ("outdoor", "Camping chair", 58.0, ("olive", "sand", "black")),
    ("outdoor", "Trail backpack", 74.0, ("20 l", "30 l", "40 l")),
    ("beauty", "Vitamin C serum", 24.0, ("15 ml", "30 ml", "50 ml")),
    ("beauty", "Jade roller", 16.0, ("green", "rose", "white")),
    ("beauty", "Hair dryer", 79.0, ("white", "pink", "black")),
    ("toys", "Wooden train set", 36.0, ("30 pieces", "60 pieces", "90 pieces")),
    ("toys", "Magnetic tiles", 33.0, ("32 pieces", "60 pieces", "100 pieces")),
    ("toys", "Plush panda", 19.0, ("S", "M", "L")),
    ("electronics", "Wireless earbuds", 65.0, ("white", "black", "blue")),
    ("electronics", "Power bank", 38.0, ("10 Ah", "20 Ah", "27 Ah")),
    ("electronics", "Desk fan", 31.0, ("white", "mint", "black")),
)
_BRANDS = ("Nanshan", "Lychee & Co", "Harbour 9", "Mokko")
# What sells best, as positions in _STYLES; the best seller first.
_RANKING = (17, 8, 0, 5, 15, 11, 1, 18, 3, 16, 12, 6, 9, 13, 7, 14, 2, 10, 19, 4)
# The best seller is one by far, in every store.
_BEST_SELLER_TASTE = 1.5
VARIANTS = 3
SKU_COUNT = len(_STYLES) * VARIANTS
# SKUs listed so many days after history begins, and one that is delisted.
_LATE_ARRIVALS = {56: 18, 26: 33, 41: 52}
_DEPARTURES = {58: 40}
_REPRICED = 0.011


@dataclass(frozen=True)
class Price:
    """A SKU's selling price from a local day on.

    Attributes:
        sku: position in the catalogue.
    """

    day: date
    sku: int
    cents: int


@dataclass(frozen=True)
class Assortment:
    """What one store sells, at its own prices. Arrays have one entry per SKU.

    Attributes:
        popularity: share of interest, before season; sums to 1.
        price_cents: selling price on the first day.
        first_day_offset: days after the beginning of history at which it is listed; never
            above 0 for what is sold from the beginning.
        last_day_offset: the day after which it is gone; very large when it stays.
    """

    store: Store
    popularity: Floats
    price_cents: Ints
    msrp_cents: Ints
    cost_cents: Ints
    first_day_offset: Ints
    last_day_offset: Ints

    @cached_property
    def best_selling_style(self) -> Ints:
        """Positions of the SKUs of the best-selling style."""
        styles = self.popularity.reshape(-1, VARIANTS).sum(axis=1)
        first = int(styles.argmax()) * VARIANTS
        return np.arange(first, first + VARIANTS, dtype=np.int64)

    def blocked_skus(self, effects: Effects) -> Ints:
        """Positions of the SKUs that incidents block in every warehouse."""
        if effects.best_seller_category_blocked:
            category = sku_categories()
            return np.flatnonzero(category == category[self.best_selling_style[0]]).astype(np.int64)
        style = self.best_selling_style
        return style if effects.best_seller_blocked else style[:0]

    def best_sellers(self, count: int) -> Ints:
        """Positions of the most popular SKUs, best first."""
        return np.argsort(-self.popularity, kind="stable")[:count].astype(np.int64)

    def on_shelf(self, offset: int) -> Floats:
        """1 for what is sold on the n-th day of history, 0 for what is not."""
        return ((self.first_day_offset <= offset) & (offset <= self.last_day_offset)).astype(float)


@cache
def sku_codes() -> tuple[str, ...]:
    """Item numbers, the same in all stores: `EL1801` is a style's first variant."""
    return tuple(f"{style}{n + 1:02d}" for style in style_codes() for n in range(VARIANTS))


def style_codes() -> list[str]:
    """Style numbers, each the beginning of its variants' item numbers."""
    return [f"{style[0][:2].upper()}{n + 1:02d}" for n, style in enumerate(_STYLES)]


def sku_titles() -> list[str]:
    """Names as shops show them."""
    return [f"{style[1]}, {variant}" for style in _STYLES for variant in style[3]]


def sku_brands() -> list[str]:
    """The brand of each SKU."""
    return [_BRANDS[n // VARIANTS % len(_BRANDS)] for n in range(SKU_COUNT)]


def sku_categories() -> Ints:
    """The category of each SKU, as a position in CATEGORIES."""
    return np.repeat([CATEGORIES.index(style[0]) for style in _STYLES], VARIANTS).astype(np.int64)


def assortment_of(seed: int, store: Store) -> Assortment:
    """One store's assortment: the same goods everywhere, at local prices and preferences."""
    rng = stream(seed, store.code, "assortment")
    style_price = np.repeat([style[2] for style in _STYLES], VARIANTS)
    variant_price = style_price * np.tile([0.92, 1.0, 1.12], len(_STYLES))
    level = store.price_level * rng.lognormal(0, 0.05, SKU_COUNT)
    price = _charm(variant_price * level)
    offsets = np.zeros(SKU_COUNT, dtype=np.int64)
    offsets[list(_LATE_ARRIVALS)] = list(_LATE_ARRIVALS.values())
    departures = np.full(SKU_COUNT, 10**6, dtype=np.int64)
    departures[list(_DEPARTURES)] = list(_DEPARTURES.values())
    return Assortment(
        store=store,
        popularity=_popularity(rng),
        price_cents=price,
        msrp_cents=_charm(price / 100 * rng.uniform(1.12, 1.4, SKU_COUNT)),
        cost_cents=np.round(price * rng.uniform(0.42, 0.6, SKU_COUNT)).astype(np.int64),
        first_day_offset=offsets,
        last_day_offset=departures,
    )


def _popularity(rng: np.random.Generator) -> Floats:
    ranks = np.empty(len(_STYLES))
    ranks[list(_RANKING)] = np.arange(1, len(_STYLES) + 1)
    taste = rng.lognormal(0, 0.15, len(_STYLES))
    taste[_RANKING[0]] = _BEST_SELLER_TASTE
    styles = taste / ranks**0.75
    weights = np.repeat(styles, VARIANTS) * np.tile([0.3, 0.45, 0.25], len(_STYLES))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _charm(price: Floats) -> Ints:
    """Prices in cents that end as prices do."""
    return (np.maximum(np.round(price), 2) * 100 - 10).astype(np.int64)


def price_changes(seed: int, assortment: Assortment, days: Sequence[date]) -> list[Price]:
    """Every re-pricing of the given days, oldest first; a SKU changes about once in three months.

    A day's changes stay near the first price, so that prices do not run away over years.
    """
    changes = []
    for day in days:
        rng = stream(seed, assortment.store.code, "prices", day.toordinal())
        changed = np.flatnonzero(rng.random(SKU_COUNT) < _REPRICED)
        factors = rng.uniform(0.94, 1.05, SKU_COUNT)
        for sku in changed.tolist():
            cents = int(_charm(assortment.price_cents[[sku]] / 100 * factors[[sku]])[0])
            changes.append(Price(day, sku, cents))
    return changes


def prices_by_day(assortment: Assortment, changes: Sequence[Price], days: Sequence[date]) -> Ints:
    """Selling prices in cents, shape (days, SKUs)."""
    position = {day: row for row, day in enumerate(days)}
    prices = np.tile(assortment.price_cents, (len(days), 1))
    for change in changes:
        prices[position[change.day] :, change.sku] = change.cents
    return prices


def season_of(day: date) -> Floats:
    """How much each SKU is wanted at this time of the year; 1 on average over it."""
    year_share = 2 * np.pi * day.timetuple().tm_yday / 365.25
    summer = -np.cos(year_share)
    christmas = np.exp(-(((day - date(day.year, 12, 12)).days / 24) ** 2))
    lift = {
        "outdoor": 1 + 0.35 * summer,
        "home": 1 - 0.12 * summer,
        "toys": 1 + 0.7 * christmas,
        "electronics": 1 + 0.25 * christmas,
        "beauty": 1 + 0.15 * christmas,
        "kitchen": 1 + 0.1 * christmas,
    }
    by_category = np.array([lift[category] for category in CATEGORIES])
    return np.asarray(by_category[sku_categories()], dtype=np.float64)
