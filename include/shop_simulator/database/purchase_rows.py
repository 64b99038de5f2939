"""The rows of `purchase_lines` as they stand at the simulator's clock."""

from datetime import date

import numpy as np
import pandas as pd

from shop_simulator.clock import NEVER
from shop_simulator.columns import Columns, named
from shop_simulator.goods.purchasing import (
    CANCELLED_AT_HOUR,
    ORDERED_AT_HOUR,
    PROMISED_AT_HOUR,
    PROMISED_DAYS,
    RECEIVED_AT_HOUR,
    SUPPLIERS,
    moments_of,
    sku_suppliers,
)
from shop_simulator.randomness import Ints
from shop_simulator.selling.simulation import Plan, StoreHistory
from shop_simulator.setting.catalogue import SKU_COUNT, sku_codes
from shop_simulator.setting.stores import Store


def purchase_rows(history: StoreHistory, plan: Plan) -> pd.DataFrame:
    """Rows of `purchase_lines` of a simulated store, with `modified_ms`."""
    store, lines = history.store, history.purchases()
    sku = lines["location"] % SKU_COUNT
    supplier = sku_suppliers()[sku]
    promised_day = lines["ordered_day"] + PROMISED_DAYS
    rows = pd.DataFrame(
        {
            "shop_code": store.code,
            "po_no": _numbers(store.order_prefix, lines["ordered_day"], supplier),
            "vendor_no": named([one.number for one in SUPPLIERS], supplier),
            "depot": named(store.warehouses, lines["location"] // SKU_COUNT),
            "item_no": named(sku_codes(), sku),
            "ccy": store.currency,
            "cost": history.assortment.cost_cents[sku],
            "qty": lines["qty"],
            "ordered_ms": moments_of(store.tz_name, lines["ordered_day"], ORDERED_AT_HOUR),
            "eta_ms": moments_of(store.tz_name, promised_day, PROMISED_AT_HOUR),
            **_so_far(store, lines, plan.until_ms),
        }
    )
    # Of a store that has ordered nothing yet, pandas takes the column for numbers.
    place = rows.groupby("po_no").cumcount() + 1
    rows["line_ref"] = rows["po_no"].astype(str) + "-" + place.astype(str)
    latest = rows[["ordered_ms", "last_change_ms"]].max(axis=1)
    # What was ordered on the evening before is carried over when the history begins.
    rows["modified_ms"] = np.maximum(latest, plan.start_ms)
    return rows[rows["ordered_ms"] < plan.until_ms]


def _so_far(store: Store, lines: Columns, clock_ms: int) -> Columns:
    """State and quantities of each line at the clock; `last_change_ms` is 0 before any."""

    def reached(day: str, hour: int, quantity: str) -> Ints:
        at = moments_of(store.tz_name, lines[day], hour)
        return np.where((lines[quantity] > 0) & (at < clock_ms), at, 0)

    first = reached("first_day", RECEIVED_AT_HOUR, "first_qty")
    rest = reached("rest_day", RECEIVED_AT_HOUR, "rest_qty")
    cancelled = reached("cancelled_day", CANCELLED_AT_HOUR, "cancelled_qty")
    first_in, rest_in = first > 0, rest > 0
    complete = first_in & (rest_in | (lines["rest_qty"] == 0))
    receipt = np.maximum(first, rest)
    return {
        "state": np.select(
            [cancelled > 0, complete, first_in], ["cancelled", "closed", "partial"], "open"
        ),
        "qty_in": first_in * lines["first_qty"] + rest_in * lines["rest_qty"],
        "qty_rejected": first_in * lines["first_defect"] + rest_in * lines["rest_defect"],
        "last_receipt_ms": np.where(receipt > 0, receipt, NEVER),
        "last_change_ms": np.maximum(receipt, cancelled),
    }


def _numbers(prefix: str, ordered_day: Ints, supplier: Ints) -> list[str]:
    """One order per evening and supplier."""
    pairs = zip(ordered_day.tolist(), supplier.tolist(), strict=True)
    return [f"PO{prefix}{date.fromordinal(day):%y%m%d}{one:02d}" for day, one in pairs]
