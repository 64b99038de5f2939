"""What is refunded, for which line, why and when. Money is in cents."""

import numpy as np
import numpy.typing as npt

from shop_simulator.clock import NEVER, after
from shop_simulator.columns import Columns, named, rows_in, taken, texts
from shop_simulator.randomness import Bools, Floats, Ints, pick
from shop_simulator.selling.demand import Scene
from shop_simulator.setting.catalogue import CATEGORIES

SLIP_TYPES = ("return_refund", "refund_only", "price_adjust", "pre_ship")
_RETURN, _REFUND_ONLY, _ADJUST, _PRE_SHIP = range(4)
_TYPE_SHARES = np.array([0.62, 0.25, 0.13])
_RATES = dict(zip(CATEGORIES, (0.06, 0.08, 0.09, 0.05, 0.06, 0.10), strict=True))
_REASONS = {
    _RETURN: ("changed_mind", "not_as_described", "size_or_colour", "quality"),
    _REFUND_ONLY: ("missing_part", "wrong_item"),
    _ADJUST: ("price_drop",),
    _PRE_SHIP: ("changed_mind", "ordered_twice", "late_delivery"),
}
# Share of the lines in a damaged or late parcel that are claimed for that reason.
_CLAIMS_DAMAGE, _CLAIMS_DELAY = 0.85, 0.15
_REJECTED = 0.08
_WHOLE_LINE = 0.85


def refund_slips(scene: Scene, orders: Columns, lines: Columns, parcels: Columns) -> Columns:
    """Draw up the refunds that a day's orders will claim in the following weeks.

    Args:
        scene: the day the orders were placed.
        orders: with amounts and moments; one row per order, in the order of `lines["order"]`.
        lines: all lines of these orders, with `parcel`.
        parcels: theirs, with what became of them.

    Returns:
        one row per slip; `amount` is goods only, `tax` and `freight` come on top. Moments
        `requested_ms, approved_ms, rejected_ms, done_ms` are NEVER where they do not come.
    """
    rng = scene.stream("refunds")
    goods = taken(lines, lines["line_type"] == "goods")
    order = taken(orders, goods["order"])
    pre_ship = (order["cancelled_ms"] < NEVER) & (order["paid_ms"] < order["cancelled_ms"])
    delivered = order["confirmed_ms"] < NEVER
    count = rows_in(goods)
    rate = np.array([_RATES[name] for name in goods["cat"]], dtype=np.float64)
    claims = delivered & (rng.random(count) < rate)
    trouble = _trouble(scene, order, taken(parcels, goods["parcel"]))
    in_trouble = trouble != texts([None])[0]
    kind = np.where(pre_ship, _PRE_SHIP, pick(rng, _TYPE_SHARES, count))
    kind = np.where(in_trouble, _REFUND_ONLY, kind)
    slips = _amounts(rng, goods, order, kind)
    slips["slip_type"] = named(SLIP_TYPES, kind)
    slips["reason"] = np.where(in_trouble, trouble, texts(_reasons(rng, kind)))
    slips |= _moments(rng, order, kind)
    slips = taken(slips, pre_ship | claims | in_trouble)
    prefix = f"R{scene.store.order_prefix}{scene.day:%y%m%d}"
    numbers = range(1, rows_in(slips) + 1)
    slips["slip_no"] = texts([f"{prefix}{number:04d}" for number in numbers])
    return slips


def _trouble(scene: Scene, order: Columns, parcel: Columns) -> npt.NDArray[np.object_]:
    """Why a line's parcel is claimed: not received, damaged or late; None if it is not."""
    rng = scene.stream("claims on parcels")
    count = rows_in(parcel)
    drawn = rng.random(count)
    confirmed, paid = order["confirmed_ms"] < NEVER, order["paid_ms"] < NEVER
    not_received = paid & (parcel["closed_ms"] < NEVER)
    broken = confirmed & (parcel["fate"] == "damaged") & (drawn < _CLAIMS_DAMAGE)
    late = (parcel["signed_ms"] > parcel["due_ms"]) & (drawn < _CLAIMS_DELAY)
    return np.asarray(
        np.select(
            [not_received, broken, confirmed & late],
            texts(["not_received", "damaged", "late_delivery"]),
            texts([None])[0],
        ),
        dtype=object,
    )


def _amounts(rng: np.random.Generator, goods: Columns, order: Columns, kind: Ints) -> Columns:
    """What a claim on each line would be worth: never more than was paid for the line."""
    quantity, count = goods["qty"], rows_in(goods)
    whole = (rng.random(count) < _WHOLE_LINE) | (kind == _PRE_SHIP)
    returned = np.where(whole, quantity, 1)
    share = returned / quantity
    share = np.where(kind == _ADJUST, share * rng.uniform(0.08, 0.15, count), share)
    amount = np.floor(_paid_for_line(goods, order) * share).astype(np.int64)
    discounts = order["marked_down"] + order["shop_discount"] + order["platform_discount"]
    net = np.maximum(1, order["goods_total"] - discounts)
    first_line = np.diff(goods["order"], prepend=-1) > 0
    return {
        "order_no": goods["order_no"],
        "line_no": goods["line_no"],
        "buyer_no": order["buyer_no"],
        "item_no": goods["item_no"],
        "cat": goods["cat"],
        "ccy": order["ccy"],
        "qty": np.where(kind == _ADJUST, 0, returned),
        "amount": amount,
        "tax": np.floor(order["tax_total"] * (amount / net)).astype(np.int64),
        "freight": np.where(first_line & (kind == _PRE_SHIP), order["freight"], 0),
    }


def _paid_for_line(goods: Columns, order: Columns) -> Floats:
    """A line's share of what the buyer paid for goods, in cents."""
    line = goods["qty"] * goods["unit_price"] - goods["line_discount"]
    before = np.maximum(1, order["goods_total"] - order["marked_down"])
    discount = order["shop_discount"] + order["platform_discount"]
    return np.asarray(line * (1 - discount / before), dtype=np.float64)


def _reasons(rng: np.random.Generator, kind: Ints) -> list[str]:
    drawn = rng.random(len(kind))
    choices = [_REASONS[number] for number in kind.tolist()]
    return [words[int(at * len(words))] for words, at in zip(choices, drawn, strict=True)]


def _moments(rng: np.random.Generator, order: Columns, kind: Ints) -> Columns:
    count = len(kind)
    at_once: Bools = kind == _PRE_SHIP
    ended = np.minimum(order["confirmed_ms"], order["failed_ms"])
    begun = np.where(at_once, order["cancelled_ms"], ended)
    # Most claims come within a week of delivery, some after two.
    wait = np.where(at_once, 0.02, 6 + rng.gamma(1.6, 70, count))
    requested = after(begun, wait)
    decided = after(requested, np.where(at_once, 0.1, rng.uniform(1, 30, count)))
    rejected = ~at_once & (kind != _ADJUST) & (rng.random(count) < _REJECTED)
    needs_parcel = kind == _RETURN
    hours = np.where(needs_parcel, rng.uniform(40, 150, count), rng.uniform(1, 26, count))
    return {
        "requested_ms": requested,
        "approved_ms": np.where(rejected, NEVER, decided),
        "rejected_ms": np.where(rejected, decided, NEVER),
        "done_ms": np.where(rejected, NEVER, after(decided, hours)),
    }
