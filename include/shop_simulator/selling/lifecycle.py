"""What happens to an order after it is placed: paid, shipped, confirmed, or cancelled."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from shop_simulator.clock import NEVER, after, local_midnight
from shop_simulator.columns import Columns, rows_in, same, texts
from shop_simulator.randomness import Bools, Ints
from shop_simulator.selling.demand import Scene
from shop_simulator.setting.calendar import Occasion

_PAYS = 0.94
_PAYS_LATER = 0.05
_BACKS_OUT, _SELLER_CANCELS = 0.015, 0.004
_REFUSES_ON_DELIVERY = 0.08
_SELLER_IS_SOLD_OUT, _BUYER_ORDERED_TWICE = 0.75, 0.3
_PRESALE_DAYS = 12
_PRESALE_SHARE, _PRESALE_SHARE_BEFORE_FESTIVAL = 0.01, 0.20
_DEPOSIT_SHARE = 0.2
_FINISHES_PRESALE = 0.90
# By platform: hours until an unpaid order is closed, and from the last parcel's delivery to
# confirmation. On a marketplace the buyer presses a button, or it is pressed after four days.
_UNPAID_HOURS = {"marketplace": 0.5, "own_site": 24.0}
_CONFIRM_HOURS = {"marketplace": (0.5, 96.0), "own_site": (0.1, 2.0)}


def pay_and_ship(scene: Scene, entries: Sequence[Occasion], orders: Columns) -> None:
    """Add to each order what will happen to it until its goods leave the warehouse.

    Adds `presale`, `deposit` (cents), `cancel_side`, `cancel_cause`, `refused` (on delivery) and
    the moments `deposit_ms, paid_ms, released_ms, shipped_ms, cancelled_ms, reloaded_ms`; what
    never happens is NEVER. `confirm` adds the rest.
    """
    rng = scene.stream("lifecycle")
    placed, count = orders["placed_ms"], rows_in(orders)
    cod = orders["pay_method"] == "cod"
    presale, final_call = _presale(scene, entries, rng, placed, ~cod)
    pays_now = rng.random(count) < _PAYS * scene.effects.payable
    hours = np.where(
        rng.random(count) < _PAYS_LATER,
        rng.uniform(0.2, 10, count),
        rng.exponential(0.06, count),
    )
    first_payment = np.where(pays_now & ~cod, after(placed, hours), NEVER)
    finishes = rng.random(count) < _FINISHES_PRESALE
    last_payment = np.where(
        presale & (first_payment < NEVER) & finishes,
        after(final_call, rng.exponential(9, count)),
        NEVER,
    )
    orders["presale"] = presale.astype(np.int64)
    orders["deposit"] = np.where(presale, np.floor(orders["due"] * _DEPOSIT_SHARE), 0).astype(
        np.int64
    )
    orders["deposit_ms"] = np.where(presale, first_payment, NEVER)
    orders["paid_ms"] = np.where(presale, last_payment, first_payment)
    orders["closes_ms"] = np.where(
        presale & (first_payment < NEVER),
        after(final_call, np.full(count, 72.0)),
        after(placed, np.full(count, _UNPAID_HOURS[scene.store.channel_type])),
    )
    _ship(scene, rng, orders, cod)
    orders["reloaded_ms"] = same(_reloaded(scene), count)


def _presale(
    scene: Scene,
    entries: Sequence[Occasion],
    rng: np.random.Generator,
    placed: Ints,
    possible: Bools,
) -> tuple[Bools, Ints]:
    """Which orders are presale, and from when on the rest of the money is taken."""
    if scene.store.channel_type != "marketplace":
        return np.zeros(len(placed), dtype=np.bool_), placed
    festival = _next_festival(entries, scene.day)
    share = _PRESALE_SHARE if festival is None else _PRESALE_SHARE_BEFORE_FESTIVAL
    presale = possible & (rng.random(len(placed)) < share)
    if festival is None:
        return presale, after(placed, np.full(len(placed), 72.0))
    opening = local_midnight(scene.store.tz_name, festival.first_day)
    return presale, np.maximum(placed, opening)


def _next_festival(entries: Sequence[Occasion], day: date) -> Occasion | None:
    for entry in entries:
        ahead = entry.first_day - day
        if entry.platform_discount and timedelta(0) < ahead <= timedelta(days=_PRESALE_DAYS):
            return entry
    return None


def _ship(scene: Scene, rng: np.random.Generator, orders: Columns, cod: Bools) -> None:
    """Ship what is paid or cash on delivery; cancel what is unpaid or no longer wanted."""
    count = rows_in(orders)
    paid, closes = orders["paid_ms"], orders["closes_ms"]
    fate = rng.random(count)
    backs_out = fate < _BACKS_OUT
    seller = ~backs_out & (fate < _BACKS_OUT + _SELLER_CANCELS)
    released = np.where(cod, orders["placed_ms"], paid)
    change_of_mind = after(released, rng.uniform(0.3, 3.5, count))
    ships = (released < NEVER) & ~backs_out & ~seller
    refused = cod & ships & (rng.random(count) < _REFUSES_ON_DELIVERY)
    unpaid = ~cod & (paid >= NEVER)
    sides = texts(["system", "seller", "buyer", None])
    orders["cancel_side"] = np.select([unpaid, seller, backs_out | refused], sides[:3], sides[3])
    orders["cancel_cause"] = _causes(scene, [unpaid, seller, backs_out, refused])
    orders["released_ms"] = released
    orders["shipped_ms"] = np.where(ships, after(released, rng.uniform(4, 40, count)), NEVER)
    orders["cancelled_ms"] = np.select(
        [unpaid, backs_out | seller], [closes, change_of_mind], NEVER
    )
    orders["refused"] = refused


def _causes(scene: Scene, conditions: Sequence[Bools]) -> npt.NDArray[np.object_]:
    """Why each order is cancelled; None where it is not."""
    rng = scene.stream("cancel causes")
    drawn = rng.random(len(conditions[0]))
    sold_out, twice = drawn < _SELLER_IS_SOLD_OUT, drawn < _BUYER_ORDERED_TWICE
    causes = [
        texts(["unpaid"])[0],
        np.where(sold_out, *texts(["out_of_stock", "price_error"])),
        np.where(twice, *texts(["ordered_twice", "changed_mind"])),
        texts(["refused_at_door"])[0],
    ]
    return np.asarray(np.select(conditions, causes, texts([None])[0]), dtype=object)


def confirm(scene: Scene, orders: Columns, parcels: Columns) -> None:
    """Add to each order what follows from its parcels.

    Adds `delivered_ms` (the last parcel is delivered), `failed_ms` (one is lost or returned, and
    the order is never confirmed), `due_ms` (the latest promise), `is_damaged`, and the moments
    `confirmed_ms`, `cancelled_ms` of what was refused, `paid_ms` of what is paid on delivery.
    """
    count = rows_in(orders)
    rng = scene.stream("confirmation")
    order, fate = parcels["order"], parcels["fate"]
    # Every order has a parcel: it has goods.
    first = np.searchsorted(order, np.arange(count))
    last_signed = np.maximum.reduceat(parcels["signed_ms"], first) if count else orders["placed_ms"]
    last_closed = _last_of(parcels["closed_ms"], order, count)
    refused, cod = orders["refused"], orders["pay_method"] == "cod"
    orders["delivered_ms"] = last_signed
    orders["failed_ms"] = np.where(refused, NEVER, last_closed)
    orders["due_ms"] = _last_of(parcels["due_ms"], order, count)
    orders["is_damaged"] = np.bincount(order, fate == "damaged", count) > 0
    hours = rng.uniform(*_CONFIRM_HOURS[scene.store.channel_type], count)
    orders["confirmed_ms"] = after(last_signed, np.where(cod, 0.0, hours))
    orders["cancelled_ms"] = np.where(refused, last_closed, orders["cancelled_ms"])
    orders["paid_ms"] = np.where(cod, orders["confirmed_ms"], orders["paid_ms"])


def _last_of(moments: Ints, order: Ints, count: int) -> Ints:
    """The last moment of each order that is not NEVER; NEVER where there is none."""
    last = np.full(count, -1, dtype=np.int64)
    np.maximum.at(last, order, np.where(moments < NEVER, moments, -1))
    return np.where(last < 0, NEVER, last)


def _reloaded(scene: Scene) -> int:
    """When the day's orders are loaded once more by mistake; NEVER as a rule."""
    if scene.effects.loads == 1:
        return NEVER
    tomorrow = local_midnight(scene.store.tz_name, scene.day + timedelta(days=1))
    return int(after(np.array([tomorrow]), np.array([2.0]))[0])
