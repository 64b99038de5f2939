"""Reviews of delivered goods: worse when they were late, damaged or bad."""

import numpy as np
import pandas as pd

from shop_simulator.clock import NEVER, after
from shop_simulator.columns import Columns, rows_in, taken, texts
from shop_simulator.randomness import Bools, Floats, Ints, pick
from shop_simulator.selling.simulation import StoreDay
from shop_simulator.setting.stores import Store

# Share of delivered lines that get a review; trouble makes people write.
_WRITES = {"marketplace": 0.30, "own_site": 0.14}
_TROUBLE_WRITES = 2.2
# From one star to five.
_USUAL = np.array([0.008, 0.010, 0.052, 0.20, 0.73])
_TROUBLED = np.array([0.42, 0.24, 0.18, 0.10, 0.06])
_REVISED = 0.03
# Shops of one's own ask for the stars; the rest may be left out.
_GIVES_DETAILS = {"marketplace": 1.0, "own_site": 0.5}
_BAD_GOODS = ("quality", "not_as_described", "wrong_item", "missing_part")
_NEGATIVE_UP_TO = 2


def reviews_of(day: StoreDay) -> Columns:
    """Draw up the reviews that the buyers of a day will write.

    Returns:
        one row per review, with `review_no, order_no, item_no`, the stars `score, score_goods,
        score_service, score_delivery` (1 to 5; the last three -1 where not given), `score_later`
        (what it is changed to) and the moments `written_ms, revised_ms` (NEVER if never).
    """
    rng = day.scene.stream("reviews")
    goods = taken(day.taken.lines, day.taken.lines["line_type"] == "goods")
    orders = taken(day.taken.orders, goods["order"])
    count = rows_in(goods)
    late = orders["delivered_ms"] > orders["due_ms"]
    damaged, bad = orders["is_damaged"], _is_bad(day, goods)
    platform = day.scene.store.channel_type
    chance = _WRITES[platform] * np.where(late | damaged | bad, _TROUBLE_WRITES, 1.0)
    writes = (orders["confirmed_ms"] < NEVER) & (rng.random(count) < chance)
    quality = _stars(rng, damaged | bad)
    delivery = _stars(rng, late | damaged)
    service = np.maximum(_stars(rng, np.zeros(count, dtype=np.bool_)), quality - 1)
    score = np.minimum(quality, delivery + 1)
    silent = rng.random(count) >= _GIVES_DETAILS[platform]
    written = after(orders["confirmed_ms"], 2 + rng.exponential(70, count))
    revised = (score <= _NEGATIVE_UP_TO + 1) & (rng.random(count) < _REVISED * 4)
    reviews = {
        "order_no": goods["order_no"],
        "item_no": goods["item_no"],
        "score": score,
        "score_goods": np.where(silent, -1, quality),
        "score_service": np.where(silent, -1, service),
        "score_delivery": np.where(silent, -1, delivery),
        "score_later": np.minimum(5, score + 2),
        "written_ms": written,
        "revised_ms": np.where(revised, after(written, rng.uniform(20, 120, count)), NEVER),
    }
    reviews = taken(reviews, writes)
    prefix = f"V{day.scene.store.order_prefix}{day.scene.day:%y%m%d}"
    numbers = range(1, rows_in(reviews) + 1)
    return reviews | {"review_no": texts([f"{prefix}{number:04d}" for number in numbers])}


def review_rows(store: Store, reviews: pd.DataFrame, clock_ms: int) -> pd.DataFrame:
    """Rows of `reviews` at the clock, with `modified_ms`."""
    seen = reviews[reviews["written_ms"] < clock_ms].copy()
    revised = seen["revised_ms"] < clock_ms
    seen["score"] = np.where(revised, seen["score_later"], seen["score"])
    for name in ("score_goods", "score_service", "score_delivery"):
        seen[name] = seen[name].astype(object).where(seen[name] > 0, None)
    seen["is_negative"] = (seen["score"] <= _NEGATIVE_UP_TO).astype(np.int64)
    seen["shop_code"] = store.code
    seen["modified_ms"] = np.where(revised, seen["revised_ms"], seen["written_ms"])
    return seen


def _is_bad(day: StoreDay, goods: Columns) -> Bools:
    """Which lines will be claimed as bad goods."""
    slips = day.refunds
    bad = np.isin(slips["reason"], _BAD_GOODS)
    claimed = set(zip(slips["order_no"][bad], slips["line_no"][bad].tolist(), strict=True))
    lines = zip(goods["order_no"], goods["line_no"].tolist(), strict=True)
    return np.array([line in claimed for line in lines], dtype=np.bool_)


def _stars(rng: np.random.Generator, trouble: Bools) -> Ints:
    """One to five stars at random; mostly few after trouble."""
    content, angry = (_drawn(rng, shares, len(trouble)) for shares in (_USUAL, _TROUBLED))
    return np.where(trouble, angry, content)


def _drawn(rng: np.random.Generator, shares: Floats, count: int) -> Ints:
    return 1 + pick(rng, shares, count)
