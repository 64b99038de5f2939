"""What visitors buy, given what is in stock."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.goods.stock import REGION_SHARES, Shelves
from shop_simulator.randomness import Bools, Floats, Ints, pick
from shop_simulator.selling.demand import Scene, Sessions
from shop_simulator.setting.catalogue import SKU_COUNT, sku_categories

# Of those who find their SKU sold out, so many take another of its category.
_SUBSTITUTION = 0.25
_QUANTITIES = np.array([0.86, 0.11, 0.03])


@dataclass(frozen=True)
class Baskets:
    """What was bought on a day, and what visitors did on the way to it.

    Attributes:
        session: the buying session of each line, as a position; ascending.
        sku: position in the catalogue; one entry per line.
        quantity: units; one entry per line.
        warehouse: which serves the line.
        interest: the SKU each session ended with; one entry per session.
        fills_cart, starts_checkout, buys: what each session did; one entry per session.
    """

    session: Ints
    sku: Ints
    quantity: Ints
    warehouse: Ints
    interest: Ints
    fills_cart: Bools
    starts_checkout: Bools
    buys: Bools


def fill_baskets(scene: Scene, sessions: Sessions, shelves: Shelves) -> Baskets:
    """Serve a day's buyers in order of arrival, taking the goods out of stock."""
    rng = scene.stream("baskets")
    blocked = _blocked(scene)
    interest, gives_up = _settle(scene, rng, sessions, shelves, blocked)
    fills_cart = sessions.fills_cart & ~gives_up
    starts_checkout = sessions.starts_checkout & ~gives_up
    buyer = np.flatnonzero(sessions.buys & ~gives_up)
    quantity = 1 + pick(rng, _QUANTITIES, len(buyer))
    region = pick(rng, REGION_SHARES, len(buyer))
    served = shelves.sell(interest[buyer], quantity, region, blocked)
    bought = served >= 0
    more = _extra_lines(scene, rng, buyer[bought], region[bought], interest)
    more_served = shelves.sell(more.sku, more.quantity, more.region, blocked)
    session = np.concatenate([buyer[bought], more.session[more_served >= 0]])
    order = np.argsort(session, kind="stable")
    buys = np.zeros(len(interest), dtype=np.bool_)
    buys[buyer[bought]] = True
    # The last unit was sold to somebody else while it lay in the cart: no checkout.
    too_late = np.zeros(len(interest), dtype=np.bool_)
    too_late[buyer[~bought]] = True
    return Baskets(
        session=session[order],
        sku=np.concatenate([interest[buyer[bought]], more.sku[more_served >= 0]])[order],
        quantity=np.concatenate([quantity[bought], more.quantity[more_served >= 0]])[order],
        warehouse=np.concatenate([served[bought], more_served[more_served >= 0]])[order],
        interest=interest,
        fills_cart=fills_cart,
        starts_checkout=starts_checkout & ~too_late,
        buys=buys,
    )


def _blocked(scene: Scene) -> Bools:
    blocked = np.zeros(SKU_COUNT, dtype=np.bool_)
    blocked[scene.blocked] = True
    return blocked


def _settle(
    scene: Scene,
    rng: np.random.Generator,
    sessions: Sessions,
    shelves: Shelves,
    blocked: Bools,
) -> tuple[Ints, Bools]:
    """What visitors who find their SKU sold out in the morning do: take another, or give up."""
    left = shelves.available.reshape(-1, SKU_COUNT).sum(axis=0)
    gone = blocked | (left <= 0)
    wanted = sessions.interest
    disappointed = (wanted >= 0) & gone[np.maximum(wanted, 0)] & ~sessions.is_bot
    takes_other = disappointed & (rng.random(len(wanted)) < _SUBSTITUTION)
    others = _substitutes(rng, wanted, scene.wanted * ~gone)
    settled = np.where(takes_other & (others >= 0), others, wanted)
    return settled, disappointed & (settled == wanted)


def _substitutes(rng: np.random.Generator, wanted: Ints, interest: Floats) -> Ints:
    """Another SKU of the same category for each, popular ones more often; -1 if there is none."""
    category = sku_categories()
    others = np.full(len(wanted), -1, dtype=np.int64)
    for number in range(int(category.max()) + 1):
        mine = np.flatnonzero((wanted >= 0) & (category[np.maximum(wanted, 0)] == number))
        weights = interest * (category == number)
        if weights.sum() > 0:
            others[mine] = pick(rng, weights, len(mine))
    return others


@dataclass(frozen=True)
class _ExtraLines:
    session: Ints
    sku: Ints
    quantity: Ints
    region: Ints


def _extra_lines(
    scene: Scene, rng: np.random.Generator, buyer: Ints, region: Ints, interest: Ints
) -> _ExtraLines:
    """What else buyers put into the cart; never the SKU they came for, and none twice."""
    extra = rng.poisson(0.55, len(buyer))
    position = np.repeat(np.arange(len(buyer)), extra)
    sku = pick(rng, scene.wanted, len(position))
    key = position * SKU_COUNT + sku
    fresh = np.zeros(len(key), dtype=np.bool_)
    fresh[np.unique(key, return_index=True)[1]] = True
    fresh &= sku != interest[buyer[position]]
    position, sku = position[fresh], sku[fresh]
    quantity = 1 + pick(rng, _QUANTITIES, len(position))
    return _ExtraLines(buyer[position], sku, quantity, region[position])
