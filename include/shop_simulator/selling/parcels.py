"""Parcels: one per warehouse that holds goods of an order, and what happens to each.

A parcel is packed, labelled, scanned by the carrier, and as a rule handed over. Few are lost,
come back as undeliverable, or arrive damaged; some are late.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shop_simulator.clock import DAY, NEVER, after
from shop_simulator.columns import Columns, named, rows_in, texts
from shop_simulator.goods.stock import WAREHOUSES
from shop_simulator.randomness import Bools, Floats, Ints, opaque, pick
from shop_simulator.selling.demand import Scene
from shop_simulator.setting.carriers import CARRIERS, Carrier
from shop_simulator.setting.catalogue import SKU_COUNT

# Sellers promise buyers, and platforms demand, that parcels are scanned within two days.
_SHIP_PROMISE_HOURS = 48.0
_PICK_UP_MISSED, _SLOW = 0.03, 0.05
_LOST, _UNDELIVERABLE, _DAMAGED, _UNTRACKED = 0.003, 0.004, 0.006, 0.008
_PARCELS_PER_DAY = 1 << 24
_WAYBILL_SALT = 0xCA221E2


@dataclass(frozen=True)
class Jam:
    """A time in which parcels handed to a store's main carrier lie in its depot.

    Attributes:
        first_ms: begin of the jam.
        end_ms: what is handed over from then on goes as usual.
        days: how long a parcel lies, about.
    """

    first_ms: int
    end_ms: int
    days: float


def pack_parcels(scene: Scene, orders: Columns, lines: Columns, jams: Sequence[Jam]) -> Columns:
    """Ship a day's orders in parcels.

    Args:
        scene: the day the orders were placed.
        orders: with `released_ms, shipped_ms` and `refused`; what never ships is NEVER.
        lines: all lines of these orders; they get `parcel`, the position of theirs, -1 for what is
            not goods.
        jams: of the store's main carrier.

    Returns:
        one row per order and warehouse, in that order, also for orders that never ship. Moments
        `created_ms, shipped_ms` (label), `picked_up_ms` (first scan), `signed_ms`, `closed_ms`
        (refused, lost or returned) are NEVER where they do not come; `fate` is the last state.
    """
    rng = scene.stream("parcels")
    parcels = _packed(scene, orders, lines)
    carriers = CARRIERS[scene.store.market]
    carrier = pick(rng, np.array([one.share for one in carriers]), rows_in(parcels))
    parcels["courier"] = named([one.name for one in carriers], carrier)
    _hand_over(rng, orders, parcels)
    _promise(orders, parcels, _of(carriers, carrier, "promised_hours"))
    _carry(rng, carriers, carrier, parcels, jams)
    _close(rng, orders, parcels)
    weight = _of(carriers, carrier, "cents_more") * (parcels["units"] - 1)
    cents = (_of(carriers, carrier, "cents") + weight) * rng.lognormal(0, 0.08, len(carrier))
    parcels["freight_cost"] = np.round(cents).astype(np.int64)
    _number(scene, rng, carriers, carrier, parcels)
    return parcels


def _packed(scene: Scene, orders: Columns, lines: Columns) -> Columns:
    """Put goods of one order that lie in one warehouse into one parcel."""
    goods = np.flatnonzero(lines["line_type"] == "goods")
    warehouse = lines["location"][goods] // SKU_COUNT
    key = lines["order"][goods].astype(np.int64) * WAREHOUSES + warehouse
    keys, parcel = np.unique(key, return_inverse=True)
    lines["parcel"] = np.full(rows_in(lines), -1, dtype=np.int64)
    lines["parcel"][goods] = parcel
    order = keys // WAREHOUSES
    units = np.bincount(parcel, lines["qty"][goods].astype(np.float64), len(keys))
    return {
        "order": order,
        "order_no": orders["order_no"][order],
        "depot": named(scene.store.warehouses, keys % WAREHOUSES),
        "units": units.astype(np.int64),
        "ccy": orders["ccy"][order],
    }


def _of(carriers: Sequence[Carrier], carrier: Ints, trait: str) -> Floats:
    return np.array([getattr(one, trait) for one in carriers], dtype=np.float64)[carrier]


def _hand_over(rng: np.random.Generator, orders: Columns, parcels: Columns) -> None:
    """Label each parcel, and let the carrier pick most of them up on its next round."""
    order, count = parcels["order"], rows_in(parcels)
    released, labelled = orders["released_ms"][order], orders["shipped_ms"][order]
    # The second warehouse of a split order works at its own pace.
    second = np.diff(order, prepend=-1) == 0
    wait = rng.uniform(0, 20, count)
    parcels["shipped_ms"] = after(labelled, np.where(second, wait, 0.0))
    noticed = after(released, rng.uniform(0.1, 2.0, count))
    parcels["created_ms"] = np.where(labelled < NEVER, noticed, NEVER)
    round_missed = rng.random(count) < _PICK_UP_MISSED
    until_scan = rng.uniform(1, 12, count) + np.where(round_missed, rng.uniform(12, 48, count), 0)
    parcels["picked_up_ms"] = after(parcels["shipped_ms"], until_scan)


def _promise(orders: Columns, parcels: Columns, promised_hours: Floats) -> None:
    released = orders["released_ms"][parcels["order"]]
    released = np.where(parcels["created_ms"] < NEVER, released, NEVER)
    to_scan = np.full(len(released), _SHIP_PROMISE_HOURS)
    parcels["ship_by_ms"] = after(released, to_scan)
    parcels["due_ms"] = after(released, to_scan + promised_hours)


def _carry(
    rng: np.random.Generator,
    carriers: Sequence[Carrier],
    carrier: Ints,
    parcels: Columns,
    jams: Sequence[Jam],
) -> None:
    """Carry every parcel to its buyer; `arrived_ms` is the first delivery attempt."""
    count = len(carrier)
    usual = _of(carriers, carrier, "hours")
    hours = usual * np.exp(_of(carriers, carrier, "spread") * rng.normal(0, 1, count))
    went_astray = rng.random(count) < _SLOW
    hours = hours * np.where(went_astray, rng.uniform(1.8, 3.0, count), 1.0)
    patience = rng.uniform(0.7, 1.3, count)
    scanned = parcels["picked_up_ms"]
    for jam in jams:
        stuck = (carrier == 0) & (scanned >= jam.first_ms) & (scanned < jam.end_ms)
        hours = hours + np.where(stuck, jam.days * DAY / 3_600_000 * patience, 0.0)
    parcels["arrived_ms"] = after(scanned, hours)


def _close(rng: np.random.Generator, orders: Columns, parcels: Columns) -> None:
    """Decide how each parcel ends."""
    count = rows_in(parcels)
    refused: Bools = orders["refused"][parcels["order"]]
    drawn = rng.random(count)
    lost = ~refused & (drawn < _LOST)
    returned = ~refused & ~lost & (drawn < _LOST + _UNDELIVERABLE)
    damaged = ~(refused | lost | returned) & (rng.random(count) < _DAMAGED)
    arrived = parcels["arrived_ms"]
    given_up = after(parcels["picked_up_ms"], rng.uniform(240, 480, count))
    sent_back = after(arrived, rng.uniform(96, 240, count))
    parcels["fate"] = np.select(
        [refused, lost, returned, damaged],
        texts(["refused", "lost", "returned", "damaged"]),
        texts(["signed"])[0],
    )
    parcels["closed_ms"] = np.select(
        [refused, lost, returned], [arrived, given_up, sent_back], NEVER
    )
    parcels["signed_ms"] = np.where(refused | lost | returned, NEVER, arrived)


def _number(
    scene: Scene,
    rng: np.random.Generator,
    carriers: Sequence[Carrier],
    carrier: Ints,
    parcels: Columns,
) -> None:
    count = rows_in(parcels)
    prefix = f"P{scene.store.order_prefix}{scene.day:%y%m%d}"
    parcels["parcel_no"] = texts([f"{prefix}{number:05d}" for number in range(1, count + 1)])
    numbers = scene.store.numbers(scene.day, np.arange(count), _PARCELS_PER_DAY)
    digits = opaque(numbers, _WAYBILL_SALT)
    waybill = texts(
        [carriers[one].prefix + text for one, text in zip(carrier.tolist(), digits, strict=True)]
    )
    # Delivered by the seller's own van, without tracking.
    untracked = (rng.random(count) < _UNTRACKED) & (parcels["signed_ms"] < NEVER)
    waybill[untracked] = None
    parcels["waybill_no"] = waybill
    parcels["picked_up_ms"] = np.where(untracked, NEVER, parcels["picked_up_ms"])
