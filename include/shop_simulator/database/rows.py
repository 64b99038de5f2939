"""The shop's database rows as they stand at the simulator's clock.

What will happen to an order is known when it is placed; a row shows only what has happened by now,
and `modified_ms` is the last moment at which it changed. All rows come as text, ready to be loaded.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from shop_simulator.clock import DAY, MINUTE, NEVER, local_midnight, to_ms
from shop_simulator.randomness import Ints, stream
from shop_simulator.selling.simulation import Plan, StoreHistory
from shop_simulator.setting.calendar import Occasion
from shop_simulator.setting.catalogue import (
    CATEGORIES,
    SKU_COUNT,
    VARIANTS,
    sku_brands,
    sku_categories,
    sku_codes,
    sku_titles,
    style_codes,
)
from shop_simulator.setting.stores import STORES, Store

# Promotions are entered so many days ahead.
_ANNOUNCED_DAYS = 45
_TO_CNY = {"CNY": 1.0, "USD": 7.08, "EUR": 8.21}


def order_rows(store: Store, orders: pd.DataFrame, clock_ms: int) -> pd.DataFrame:
    """Rows of `sales_orders` at the clock, with `modified_ms`."""
    seen = orders[orders["placed_ms"] < clock_ms].copy()
    moments = ["placed", "deposit", "paid", "shipped", "confirmed", "cancelled", "reloaded"]
    for name in moments:
        seen[f"{name}_ms"] = _so_far(seen[f"{name}_ms"], clock_ms)
    paid, cancelled = seen["paid_ms"] < NEVER, seen["cancelled_ms"] < NEVER
    seen["state"] = np.select(
        [cancelled, seen["confirmed_ms"] < NEVER, seen["shipped_ms"] < NEVER, paid],
        ["cancelled", "completed", "shipped", "paid"],
        "placed",
    )
    for name in ("cancel_side", "cancel_cause"):
        seen[name] = seen[name].where(cancelled, None)
    seen["shop_code"] = store.code
    seen["paid_total"] = seen["due"].where(paid, -1)
    seen["modified_ms"] = _latest(seen, moments)
    return seen


def line_rows(store: Store, lines: pd.DataFrame, clock_ms: int) -> pd.DataFrame:
    """Rows of `sales_order_items` at the clock; restated only when they are loaded again."""
    seen = lines[lines["placed_ms"] < clock_ms].copy()
    seen["reloaded_ms"] = _so_far(seen["reloaded_ms"], clock_ms)
    seen["shop_code"] = store.code
    seen["ccy"] = store.currency
    seen["modified_ms"] = _latest(seen, ["placed", "reloaded"])
    return seen


def parcel_rows(store: Store, parcels: pd.DataFrame, clock_ms: int) -> pd.DataFrame:
    """Rows of `parcels` at the clock; number and price of a waybill are known from its label on."""
    seen = parcels[parcels["created_ms"] < clock_ms].copy()
    moments = ["created", "shipped", "picked_up", "signed", "closed"]
    for name in moments:
        seen[f"{name}_ms"] = _so_far(seen[f"{name}_ms"], clock_ms)
    reached = {name: seen[f"{name}_ms"] < NEVER for name in moments}
    seen["state"] = np.select(
        [reached["signed"] | reached["closed"], reached["picked_up"], reached["shipped"]],
        [seen["fate"], "moving", "labelled"],
        "new",
    )
    seen["waybill_no"] = seen["waybill_no"].where(reached["shipped"], None)
    seen["courier_charge"] = seen["freight_cost"].where(reached["shipped"], -1)
    seen["labelled_ms"] = seen["shipped_ms"]
    seen["shop_code"] = store.code
    seen["modified_ms"] = _latest(seen, moments)
    return seen


def slip_rows(store: Store, slips: pd.DataFrame, clock_ms: int) -> pd.DataFrame:
    """Rows of `refund_slips` at the clock."""
    seen = slips[slips["requested_ms"] < clock_ms].copy()
    for name in ("approved", "rejected", "done"):
        seen[f"{name}_ms"] = _so_far(seen[f"{name}_ms"], clock_ms)
    reached = [seen[f"{name}_ms"] < NEVER for name in ("rejected", "done", "approved")]
    seen["state"] = np.select(reached, ["rejected", "done", "approved"], "requested")
    seen["shop_code"] = store.code
    seen["modified_ms"] = _latest(seen, ["requested", "approved", "rejected", "done"])
    return seen


def item_rows(history: StoreHistory, plan: Plan) -> pd.DataFrame:
    """Rows of `items` at the clock: what is, or was, on the shelf, at its price of now."""
    store, goods = history.store, history.assortment
    opening = local_midnight(store.tz_name, store.opened)
    on_shelf = np.full(SKU_COUNT, opening, dtype=np.int64)
    off_shelf = np.full(SKU_COUNT, NEVER, dtype=np.int64)
    for sku in range(SKU_COUNT):
        if goods.first_day_offset[sku] > 0:
            on_shelf[sku] = _listing_moment(history, int(goods.first_day_offset[sku]))
        if goods.last_day_offset[sku] < len(history.days):
            off_shelf[sku] = _listing_moment(history, int(goods.last_day_offset[sku]) + 1)
    price, changed = goods.price_cents.copy(), np.maximum(on_shelf, plan.start_ms)
    for change in history.price_changes:
        at = local_midnight(store.tz_name, change.day)
        if at < plan.until_ms:
            price[change.sku] = change.cents
            changed[change.sku] = max(int(changed[change.sku]), at)
    off_shelf = _so_far(off_shelf, plan.until_ms)
    gone = off_shelf < NEVER
    rows = pd.DataFrame(
        {
            "shop_code": store.code,
            "item_no": sku_codes(),
            "style_no": np.repeat(style_codes(), VARIANTS),
            "title": sku_titles(),
            "cat": np.array(CATEGORIES, dtype=object)[sku_categories()],
            "brand_name": sku_brands(),
            "state": np.where(gone, "off", "live"),
            "ccy": store.currency,
            "msrp": goods.msrp_cents,
            "sell_price": price,
            "cost": goods.cost_cents,
            "on_shelf_ms": on_shelf,
            "off_shelf_ms": off_shelf,
            "modified_ms": np.where(gone, np.maximum(changed, off_shelf), changed),
        }
    )
    return rows[rows["on_shelf_ms"] < plan.until_ms]


def _listing_moment(history: StoreHistory, offset: int) -> int:
    day = history.days[0] + timedelta(days=offset)
    return local_midnight(history.store.tz_name, day)


def shop_rows(plan: Plan) -> pd.DataFrame:
    """Rows of `shops`; carried over from the former system when the history begins."""
    rows = [
        {
            "shop_code": store.code,
            "title": store.title,
            "channel_type": store.channel_type,
            "tz_name": store.tz_name,
            "ccy": store.currency,
            "opened_ms": local_midnight(store.tz_name, store.opened),
            "modified_ms": plan.start_ms,
        }
        for store in STORES.values()
    ]
    return pd.DataFrame(rows)


def calendar_rows(plan: Plan, entries: Sequence[Occasion]) -> pd.DataFrame:
    """Rows of `marketing_calendar` entered by now."""
    rows = pd.DataFrame(
        {
            "entry_no": [entry.number for entry in entries],
            "kind": [entry.kind for entry in entries],
            "title_en": [entry.title_en for entry in entries],
            "title_zh": [entry.title_zh for entry in entries],
            "first_day": [entry.first_day.isoformat() for entry in entries],
            "last_day": [entry.last_day.isoformat() for entry in entries],
            "shop_code": [entry.store for entry in entries],
            "modified_ms": [_announced_ms(entry, plan) for entry in entries],
        }
    )
    return rows[rows["modified_ms"] < plan.until_ms]


def _announced_ms(entry: Occasion, plan: Plan) -> int:
    announced = to_ms(datetime.combine(entry.first_day, time())) - _ANNOUNCED_DAYS * DAY
    return max(plan.start_ms, announced)


def rate_rows(plan: Plan) -> pd.DataFrame:
    """Rows of `exchange_rates`: every pair, published five minutes into each UTC day."""
    value = dict(_TO_CNY)
    rows = []
    for day in plan.utc_days:
        published = to_ms(datetime.combine(day, time())) + 5 * MINUTE
        drift = stream(plan.seed, "rates", day.toordinal()).normal(0, 0.0022, 2)
        for currency, step in zip(("USD", "EUR"), drift, strict=True):
            value[currency] *= float(np.exp(step))
        if published < plan.until_ms:
            rows += _pairs(day, value, max(plan.start_ms, published))
    return pd.DataFrame(rows)


def _pairs(day: date, value: Mapping[str, float], modified_ms: int) -> list[dict[str, str | int]]:
    return [
        {
            "day": day.isoformat(),
            "from_ccy": one,
            "to_ccy": other,
            "rate": f"{value[one] / value[other]:.8f}",
            "modified_ms": modified_ms,
        }
        for one in value
        for other in value
        if one != other
    ]


def _so_far(moments_ms: "pd.Series[int] | Ints", clock_ms: int) -> Ints:
    moments = np.asarray(moments_ms, dtype=np.int64)
    return np.where(moments < clock_ms, moments, NEVER)


def _latest(rows: pd.DataFrame, moments: Sequence[str]) -> Ints:
    table = rows[[f"{name}_ms" for name in moments]].to_numpy()
    return np.asarray(np.where(table < NEVER, table, 0).max(axis=1), dtype=np.int64)


def as_text(rows: pd.DataFrame, name: str, kind: str) -> list[str | None]:
    """One column of rows as the database reads it.

    Args:
        rows: with the column, or for a moment `<name less its _at>_ms`.
        name: of the column in the schema.
        kind: `moment`, `money` or `plain`.
    """
    if kind == "moment":
        return _moment_texts(rows[f"{name.removesuffix('_at')}_ms"].to_numpy(dtype=np.int64))
    if kind == "money":
        # What is not known yet is kept as -1: cents are never negative.
        return [_money_text(cents) for cents in rows[name].tolist()]
    return [None if _absent(value) else str(value) for value in rows[name].tolist()]


def _absent(value: object) -> bool:
    # pandas turns a column's None into NaN when all of it is missing.
    return value is None or value != value  # noqa: PLR0124


def _moment_texts(moments_ms: Ints) -> list[str | None]:
    comes = moments_ms < NEVER
    texts = np.datetime_as_string(np.where(comes, moments_ms, 0).astype("datetime64[ms]"))
    return [
        f"{text[:10]} {text[11:]}000" if known else None
        for text, known in zip(texts.tolist(), comes.tolist(), strict=True)
    ]


def _money_text(cents: int) -> str | None:
    return None if cents < 0 else f"{cents // 100}.{cents % 100:02d}"
