"""What is given back, for which line, why and when. Money is in cents."""

import numpy as np
import pandas as pd

from shop_simulator.catalogue import CATEGORIES
from shop_simulator.clock import NEVER, after
from shop_simulator.demand import Scene
from shop_simulator.randomness import Bools, Floats, Ints, pick

SLIP_TYPES = ("return_refund", "refund_only", "price_adjust", "pre_ship")
_RETURN, _REFUND_ONLY, _ADJUST, _PRE_SHIP = range(4)
_TYPE_SHARES = np.array([0.62, 0.25, 0.13])
_RATES = dict(zip(CATEGORIES, (0.06, 0.08, 0.09, 0.05, 0.06, 0.10), strict=True))
_REASONS = {
    _RETURN: ("changed_mind", "not_as_described", "size_or_colour", "quality"),
    _REFUND_ONLY: ("damaged", "late_delivery", "missing_part"),
    _ADJUST: ("price_drop",),
    _PRE_SHIP: ("changed_mind", "ordered_twice", "late_delivery"),
}
_REJECTED = 0.08
_WHOLE_LINE = 0.85


def refund_slips(scene: Scene, orders: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Draw up what a day's orders will claim back in the weeks after.

    Args:
        scene: the day the orders were placed.
        orders: with amounts and moments; one row per order, in the order of `lines["order"]`.
        lines: all lines of these orders.

    Returns:
        one row per slip; `amount` is goods only, `tax` and `freight` come on top. Moments
        `requested_ms, approved_ms, rejected_ms, done_ms` are NEVER where they do not come.
    """
    rng = scene.stream("refunds")
    goods = lines[lines["line_type"] == "goods"].reset_index(drop=True)
    order = orders.iloc[goods["order"].to_numpy()].reset_index(drop=True)
    pre_ship = (
        (order["cancelled_ms"] < NEVER) & (order["paid_ms"] < order["cancelled_ms"])
    ).to_numpy()
    delivered = (order["confirmed_ms"] < NEVER).to_numpy()
    rate = np.array([_RATES[name] for name in goods["cat"]], dtype=float)
    claims = delivered & (rng.random(len(goods)) < rate)
    kind = np.where(pre_ship, _PRE_SHIP, pick(rng, _TYPE_SHARES, len(goods)))
    slips = _amounts(rng, goods, order, kind)
    slips["slip_type"] = np.array(SLIP_TYPES, dtype=object)[kind]
    slips["reason"] = _reasons(rng, kind)
    _add_moments(rng, slips, order, kind)
    slips = slips[pre_ship | claims].reset_index(drop=True)
    prefix = f"R{scene.store.order_prefix}{scene.day:%y%m%d}"
    slips.insert(0, "slip_no", [f"{prefix}{number:04d}" for number in range(1, len(slips) + 1)])
    return slips


def _amounts(
    rng: np.random.Generator, goods: pd.DataFrame, order: pd.DataFrame, kind: Ints
) -> pd.DataFrame:
    """What a claim on each line would be worth: never more than was paid for the line."""
    quantity = goods["qty"].to_numpy()
    whole = (rng.random(len(goods)) < _WHOLE_LINE) | (kind == _PRE_SHIP)
    returned = np.where(whole, quantity, 1)
    share = returned / quantity
    share = np.where(kind == _ADJUST, share * rng.uniform(0.08, 0.15, len(goods)), share)
    amount = np.floor(_paid_for_line(goods, order) * share).astype(np.int64)
    net = (order["goods_total"] - order["marked_down"] - order["shop_discount"]).to_numpy()
    net = np.maximum(1, net - order["platform_discount"].to_numpy())
    first_line = ~goods["order"].duplicated().to_numpy()
    freight = np.where(first_line & (kind == _PRE_SHIP), order["freight"], 0)
    return pd.DataFrame(
        {
            "order_no": goods["order_no"],
            "line_no": goods["line_no"],
            "buyer_no": order["buyer_no"],
            "item_no": goods["item_no"],
            "cat": goods["cat"],
            "ccy": order["ccy"],
            "qty": np.where(kind == _ADJUST, 0, returned),
            "amount": amount,
            "tax": np.floor(order["tax_total"].to_numpy() * (amount / net)).astype(np.int64),
            "freight": freight.astype(np.int64),
        }
    )


def _paid_for_line(goods: pd.DataFrame, order: pd.DataFrame) -> Floats:
    """A line's share of what the buyer paid for goods, in cents."""
    line = (goods["qty"] * goods["unit_price"] - goods["line_discount"]).to_numpy()
    before = np.maximum(1, (order["goods_total"] - order["marked_down"]).to_numpy())
    discount = (order["shop_discount"] + order["platform_discount"]).to_numpy()
    return np.asarray(line * (1 - discount / before), dtype=np.float64)


def _reasons(rng: np.random.Generator, kind: Ints) -> list[str]:
    drawn = rng.random(len(kind))
    choices = [_REASONS[number] for number in kind.tolist()]
    return [words[int(at * len(words))] for words, at in zip(choices, drawn, strict=True)]


def _add_moments(
    rng: np.random.Generator, slips: pd.DataFrame, order: pd.DataFrame, kind: Ints
) -> None:
    count = len(slips)
    at_once: Bools = kind == _PRE_SHIP
    begun = np.where(at_once, order["cancelled_ms"], order["confirmed_ms"])
    # Most claims come within a week of delivery, some after two.
    wait = np.where(at_once, 0.02, 6 + rng.gamma(1.6, 70, count))
    requested = after(begun, wait)
    decided = after(requested, np.where(at_once, 0.1, rng.uniform(1, 30, count)))
    rejected = ~at_once & (kind != _ADJUST) & (rng.random(count) < _REJECTED)
    needs_parcel = kind == _RETURN
    hours = np.where(needs_parcel, rng.uniform(40, 150, count), rng.uniform(1, 26, count))
    slips["requested_ms"] = requested
    slips["approved_ms"] = np.where(rejected, NEVER, decided)
    slips["rejected_ms"] = np.where(rejected, decided, NEVER)
    slips["done_ms"] = np.where(rejected, NEVER, after(decided, hours))
