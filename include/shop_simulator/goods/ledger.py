"""The stock ledger: what each warehouse held of each SKU at 23:00 local, and why.

on_hand   opening + received - shipped - sent_back = closing on_hand
damaged   rejected at inspection and not yet sent back to the supplier; part of on_hand
available on_hand - reserved - damaged; never below 0
reserved  ordered and neither shipped nor released after a cancellation, or blocked from sale
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from shop_simulator.clock import DAY, NEVER, local_day_of, local_midnight, local_moment
from shop_simulator.columns import Columns
from shop_simulator.goods.purchasing import RECEIVED_AT_HOUR, moments_of
from shop_simulator.goods.stock import LOCATIONS, Shelves
from shop_simulator.randomness import Bools, Ints
from shop_simulator.setting.catalogue import SKU_COUNT, Assortment, sku_codes
from shop_simulator.setting.stores import Store

COUNTED_AT_HOUR = 23
_SENT_BACK_AFTER_DAYS = 14


def set_free_ms(store: Store, cancelled_ms: Ints, shipped_ms: Ints) -> Ints:
    """When goods of cancelled orders can be sold again: the next local midnight.

    Returns:
        NEVER for what is not cancelled, or was shipped already (that goes to the outlet).
    """
    freed = (cancelled_ms < NEVER) & (shipped_ms >= NEVER)
    moments = np.full(len(cancelled_ms), NEVER, dtype=np.int64)
    for position in np.flatnonzero(freed).tolist():
        day = local_day_of(store.tz_name, int(cancelled_ms[position]))
        moments[position] = local_midnight(store.tz_name, day + timedelta(days=1))
    return moments


def stock_ledger(
    assortment: Assortment,
    days: Sequence[date],
    shelves: Shelves,
    goods: Columns,
    blocked: Mapping[date, Ints],
) -> pd.DataFrame:
    """Count the warehouses at the end of every day.

    Args:
        assortment: whose costs value the goods.
        days: consecutive local days, the first being that of the opening stock.
        shelves: as the last day left them.
        goods: lines with `location, qty, placed_ms, shipped_ms, freed_ms`.
        blocked: SKUs blocked from sale, by day.

    Returns:
        one row per day, warehouse and SKU on the shelf.
    """
    store = assortment.store
    counted = np.array([local_moment(store.tz_name, day, COUNTED_AT_HOUR) for day in days])
    shape = (len(days), LOCATIONS)
    ordered = _until(counted, goods, goods["placed_ms"], shape)
    shipped = _until(counted, goods, goods["shipped_ms"], shape)
    freed = _until(counted, goods, goods["freed_ms"], shape)
    received = np.stack([shelves.received[day.toordinal()] for day in days])
    defect = np.stack([shelves.defect[day.toordinal()] for day in days])
    sent_back = np.zeros_like(defect)
    sent_back[_SENT_BACK_AFTER_DAYS:] = defect[:-_SENT_BACK_AFTER_DAYS]
    damaged = np.cumsum(defect - sent_back, axis=0)
    on_hand = shelves.opening + np.cumsum(received - sent_back, axis=0) - shipped
    reserved = ordered - shipped - freed
    blocked_units = _blocked_units(days, blocked, on_hand - reserved - damaged)
    shelved = np.cumsum(np.vstack([shelves.opening, received]), axis=0)
    columns = {
        "opening": np.vstack([shelves.opening, on_hand[:-1]]),
        "received": received,
        "sent_back": sent_back,
        "shipped": np.diff(shipped, axis=0, prepend=np.zeros((1, LOCATIONS), dtype=np.int64)),
        "on_hand": on_hand,
        "reserved": reserved + blocked_units,
        "damaged": damaged,
        "available": on_hand - reserved - damaged - blocked_units,
        "in_transit": np.stack([shelves.in_transit[day.toordinal()] for day in days]),
        "first_in_ms": _oldest(store, days, shelves, shelved, shelved[1:] - on_hand),
    }
    ledger = pd.DataFrame({name: table.ravel() for name, table in columns.items()})
    return _labelled(assortment, days, counted, ledger)


def _until(counted: Ints, goods: Columns, moments: Ints, shape: tuple[int, int]) -> Ints:
    """Units per count and location for which the moment had come before the count."""
    table = np.zeros((shape[0] + 1, shape[1]), dtype=np.int64)
    row = np.searchsorted(counted, moments, side="right")
    np.add.at(table, (row, goods["location"]), goods["qty"])
    return np.cumsum(table, axis=0)[:-1]


def _oldest(
    store: Store, days: Sequence[date], shelves: Shelves, shelved: Ints, gone: Ints
) -> Ints:
    """When the oldest unit in stock was received, if the oldest is always sent first.

    Args:
        store: whose time zone receipts are in.
        days: of the counts.
        shelves: know the age of the opening stock.
        shelved: units received so far, opening stock included; shape (days + 1, LOCATIONS).
        gone: units sent by each count; shape (days, LOCATIONS).

    Returns:
        shape (days, LOCATIONS); NEVER where nothing is left.
    """
    first_ms = local_midnight(store.tz_name, days[0])
    ordinals = np.array([day.toordinal() for day in days], dtype=np.int64)
    received_ms = moments_of(store.tz_name, ordinals, RECEIVED_AT_HOUR)
    oldest = np.full(gone.shape, NEVER, dtype=np.int64)
    for location in range(LOCATIONS):
        moments = np.append(first_ms - shelves.opening_age_days[location] * DAY, received_ms)
        row = np.searchsorted(shelved[:, location], gone[:, location], side="right")
        left = gone[:, location] < shelved[1:, location]
        oldest[left, location] = moments[row[left]]
    return oldest


def _blocked_units(days: Sequence[date], blocked: Mapping[date, Ints], available: Ints) -> Ints:
    table = np.zeros_like(available)
    for row, day in enumerate(days):
        for sku in blocked.get(day, np.zeros(0, dtype=np.int64)).tolist():
            table[row, sku::SKU_COUNT] = available[row, sku::SKU_COUNT]
    return table


def _labelled(
    assortment: Assortment, days: Sequence[date], counted: Ints, ledger: pd.DataFrame
) -> pd.DataFrame:
    store = assortment.store
    sku = np.tile(np.arange(SKU_COUNT), len(days) * len(store.warehouses))
    codes = np.array(sku_codes(), dtype=object)
    ledger.insert(0, "snapshot_ms", np.repeat(counted, LOCATIONS))
    ledger.insert(0, "item_no", codes[sku])
    warehouses = np.repeat(np.array(store.warehouses, dtype=object), SKU_COUNT)
    ledger.insert(0, "warehouse", np.tile(warehouses, len(days)))
    ledger.insert(0, "shop", store.code)
    ledger["cost_cents"] = assortment.cost_cents[sku]
    ledger["ccy"] = store.currency
    # A SKU has a place in the warehouses from the day it is listed.
    offset = np.repeat(np.arange(len(days)), LOCATIONS)
    listed: Bools = assortment.first_day_offset[sku] <= offset
    return ledger[listed].reset_index(drop=True)
