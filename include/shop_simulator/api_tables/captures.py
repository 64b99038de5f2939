"""What the competitors' pages showed, day by day: what an archive of the web would hold."""

import zlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from shop_simulator.clock import DAY
from shop_simulator.randomness import Ints, stream
from shop_simulator.selling.simulation import Plan, StoreHistory
from shop_simulator.setting.catalogue import SKU_COUNT, sku_codes, sku_titles
from shop_simulator.setting.competitors import COMPETITORS
from shop_simulator.setting.stores import Store

# Of products without our item number, so many show it as the maker's model.
_HINTED = 0.5
# The competitor that charges for delivery stops doing so a little earlier than we do.
_LOWER_LIMIT = 0.8
# How each competitor words a name, so that names alone are no safe match.
_WORDING = ("{name}", "{name} - best price", "New! {name}")


def captures_of(histories: Sequence[StoreHistory], plan: Plan) -> pd.DataFrame:
    """One row per UTC day, market, competitor and product, up to the day of the clock.

    Returns:
        columns `day` (days since 1970), `market, competitor, comp_sku, mpn` (our item number, None
        where the page does not state it), `model` (our number again, in the field for the maker's,
        on some pages without `mpn`), `ship_cents` (-1 where delivery is not stated), `name,
        price_cents, list_cents, currency, in_stock, rating, reviews`; sorted by the first four.
    """
    frames = [_captures_of(history, plan) for history in histories]
    captures = pd.concat(frames, ignore_index=True)
    order = ["day", "market", "competitor", "comp_sku"]
    return captures.sort_values(order, ignore_index=True)


def _captures_of(history: StoreHistory, plan: Plan) -> pd.DataFrame:
    prices, store = history.competitor_prices, history.store
    first, last = plan.start_ms // DAY, (plan.until_ms - 1) // DAY
    days = np.array([(day.toordinal() - 719_163) for day in plan.utc_days])
    day, competitor, sku = np.nonzero(
        np.broadcast_to(prices.matched, prices.price_cents.shape)
        & ((days >= first) & (days <= last))[:, None, None]
    )
    price = prices.price_cents[day, competitor, sku]
    hints = stream(plan.seed, store.market, "model numbers")
    hinted = hints.random((len(COMPETITORS), SKU_COUNT)) < _HINTED
    offers = _offers(store.market, plan.seed)
    shown = offers[competitor * SKU_COUNT + sku]
    return pd.DataFrame(
        {
            "day": days[day],
            "market": store.market,
            "competitor": np.array(COMPETITORS, dtype=object)[competitor],
            "comp_sku": [offer[0] for offer in shown],
            "mpn": np.where(prices.stated[competitor, sku], _codes()[sku], np.array(None)),
            "name": [offer[1] for offer in shown],
            "price_cents": price,
            "list_cents": prices.list_cents[day, competitor, sku],
            "model": np.where(
                hinted[competitor, sku] & ~prices.stated[competitor, sku],
                _codes()[sku],
                np.array(None),
            ),
            "ship_cents": _shipping(store, competitor, price),
            "currency": store.currency,
            "in_stock": prices.in_stock[day, competitor, sku],
            "rating": [offer[2] for offer in shown],
            "reviews": [offer[3] for offer in shown],
        }
    )


def _shipping(store: Store, competitor: Ints, price_cents: Ints) -> Ints:
    """What delivery costs at each competitor: ours below a limit, nothing, or -1 for not stated."""
    below_limit = price_cents < store.free_freight_from_cents * _LOWER_LIMIT
    ours_below_limit = np.where(below_limit, store.freight_cents, 0)
    return np.select([competitor == 0, competitor == 1], [ours_below_limit, 0], -1)


def _codes() -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    return np.array(sku_codes(), dtype=object)


def _offers(market: str, seed: int) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Per competitor and SKU: its number there, its name, rating and count of reviews."""
    rng = stream(seed, market, "pages")
    offers = np.empty(len(COMPETITORS) * SKU_COUNT, dtype=object)
    rating = np.round(rng.uniform(3.6, 4.9, len(offers)), 1)
    reviews = rng.integers(5, 2_000, len(offers))
    for at in range(len(offers)):
        competitor, sku = divmod(at, SKU_COUNT)
        number = zlib.crc32(f"{COMPETITORS[competitor]}/{sku}".encode()) % 900_000 + 100_000
        name = _WORDING[competitor].format(name=sku_titles()[sku])
        label = f"{COMPETITORS[competitor][0].upper()}-{number}"
        offers[at] = (label, name, float(rating[at]), int(reviews[at]))
    return offers
