"""The service desk: who writes, why, how soon somebody answers and how it ends.

Most tickets follow from what went wrong with an order: late, lost or damaged parcels, bad goods,
refused claims. Others ask before they buy, and some of those do buy.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from shop_simulator.clock import HOUR, MINUTE, NEVER, SECOND, after, local_hours
from shop_simulator.columns import Columns, named, rows_in, same, stacked, taken, texts
from shop_simulator.randomness import Bools, Floats, Ints, pick
from shop_simulator.selling.orders import customer_ids
from shop_simulator.selling.simulation import StoreDay
from shop_simulator.setting.stores import Store

CHANNELS = ("chat", "email", "phone")
_CHANNEL_SHARES = {"marketplace": (0.90, 0.03, 0.07), "own_site": (0.46, 0.44, 0.10)}
# Local hours in which somebody is there.
_ON_DUTY = {"marketplace": (8, 24), "own_site": (8, 20)}
_AGENTS_PER_STORE = 5
# By channel: what was promised for the first answer, and how long it takes as a rule.
_PROMISED_MS = np.array([3 * MINUTE, 8 * HOUR, 2 * MINUTE])
_USUAL_REPLY_HOURS = np.array([0.018, 2.2, 0.006])
_USUAL_SOLUTION_HOURS = {"inquiry": 0.5, "complaint": 16.0, "dispute": 90.0}
_CONTENT = {"inquiry": 0.94, "complaint": 0.66, "dispute": 0.35}
_ASKS_AND_BUYS, _ASKS_ONLY, _BUYS_AT_ONCE = 0.07, 0.006, 0.8
_ASKS_WHERE, _ASKS_ABOUT_PAYMENT = 0.05, 0.12
_WRITES_WHEN_LATE, _WRITES_WHEN_LOST, _WRITES_WHEN_DAMAGED = 0.35, 0.85, 0.75
_WRITES_WHEN_CLAIMING, _DISPUTES_REFUSAL = 0.30, 0.45
_QUESTIONS = ("product_question", "stock", "shipping_cost", "coupon")
_ANSWERS_SURVEY, _NEVER_SOLVED, _ESCALATED = 0.38, 0.02, 0.05


def tickets_of(day: StoreDay) -> Columns:
    """Draw up the tickets that a day's visitors and orders will cause.

    Returns:
        one row per ticket, with `ticket_no, order_no` (None before an order), `buyer_no` (None for
        guests), `kind, reason, channel, agent`, the counts `replies, reopens` it ends with,
        `content` (1, 0, or -1 without an answer) and the moments `opened_ms, replied_ms,
        breached_ms, solved_ms, rated_ms, escalated_ms`, NEVER where they do not come.
    """
    rng = day.scene.stream("tickets")
    asked = [_before_buying(day, rng), _only_asking(day, rng)]
    tickets = stacked([*asked, *_about_orders(day, rng), *_about_claims(day, rng)])
    tickets = taken(tickets, np.argsort(tickets["opened_ms"], kind="stable"))
    _serve(day.scene.store, rng, tickets)
    prefix = f"T{day.scene.store.order_prefix}{day.scene.day:%y%m%d}"
    numbers = range(1, rows_in(tickets) + 1)
    return tickets | {"ticket_no": texts([f"{prefix}{number:04d}" for number in numbers])}


def ticket_rows(store: Store, tickets: pd.DataFrame, from_ms: int, clock_ms: int) -> pd.DataFrame:
    """Tickets as they stand at the clock, with `modified_ms`.

    Args:
        store: whose tickets they are.
        tickets: see `tickets_of`.
        from_ms: nothing was recorded before.
        clock_ms: nothing of it or later is visible.
    """
    opened = tickets["opened_ms"].between(from_ms, clock_ms, inclusive="left")
    seen = tickets[opened].copy()
    moments = ["opened_ms", "replied_ms", "breached_ms", "solved_ms", "rated_ms", "escalated_ms"]
    for name in moments:
        seen[name] = seen[name].where(seen[name] < clock_ms, NEVER)
    replied, solved = seen["replied_ms"] < NEVER, seen["solved_ms"] < NEVER
    seen["replies"] = np.where(solved, seen["replies"], replied.astype(np.int64))
    seen["reopens"] = seen["reopens"].where(solved, 0)
    seen["content"] = seen["content"].where(seen["rated_ms"] < NEVER, -1)
    seen["shop"] = store.code
    table = seen[moments].to_numpy()
    seen["modified_ms"] = np.where(table < NEVER, table, 0).max(axis=1)
    return seen


def _before_buying(day: StoreDay, rng: np.random.Generator) -> Columns:
    """Questions of those who buy within the day."""
    orders = day.taken.orders
    count = rows_in(orders)
    asks = (rng.random(count) < _ASKS_AND_BUYS) & (orders["buyer_no"] != texts([None])[0])
    ahead = np.where(
        rng.random(count) < _BUYS_AT_ONCE, rng.uniform(0.05, 0.6, count), rng.uniform(1, 20, count)
    )
    opened = orders["placed_ms"] - (ahead * HOUR).astype(np.int64)
    return _written(rng, opened, asks, orders["buyer_no"], None, "inquiry", _QUESTIONS)


def _only_asking(day: StoreDay, rng: np.random.Generator) -> Columns:
    """Questions of those who do not buy."""
    sessions = day.sessions
    count = len(sessions.start_ms)
    browses = (sessions.interest >= 0) & ~sessions.is_bot & ~day.baskets.buys
    asks = np.flatnonzero(browses & (rng.random(count) < _ASKS_ONLY))
    opened = sessions.start_ms[asks] + rng.integers(MINUTE, 10 * MINUTE, len(asks))
    accounts = texts(customer_ids(sessions.visitor[asks]))
    everyone = np.ones(len(asks), dtype=np.bool_)
    return _written(rng, opened, everyone, accounts, None, "inquiry", _QUESTIONS)


def _about_orders(day: StoreDay, rng: np.random.Generator) -> list[Columns]:
    orders = day.taken.orders
    count = rows_in(orders)
    delivered, due = orders["delivered_ms"], orders["due_ms"]
    late = (due < NEVER) & (delivered > due) & ~orders["refused"] & (orders["failed_ms"] >= NEVER)
    lost = orders["failed_ms"] < NEVER
    damaged = orders["is_damaged"] & (delivered < NEVER)
    on_its_way = (orders["shipped_ms"] < NEVER) & (delivered < NEVER)
    unpaid = (orders["paid_ms"] >= NEVER) & (orders["cancel_side"] == "system")
    halfway = orders["shipped_ms"] + (
        (delivered - orders["shipped_ms"]) * rng.uniform(0.3, 0.9, count)
    ).astype(np.int64)
    # Which moment, from when on it is written (hours), who writes, of what kind and why.
    occasions = (
        (due, (2.0, 40.0), late, _WRITES_WHEN_LATE, "complaint", "late_delivery"),
        (orders["failed_ms"], (1.0, 30.0), lost, _WRITES_WHEN_LOST, "complaint", "not_received"),
        (delivered, (1.0, 30.0), damaged, _WRITES_WHEN_DAMAGED, "complaint", "damaged"),
        (halfway, (0.0, 1.0), on_its_way, _ASKS_WHERE, "inquiry", "order_status"),
        (orders["placed_ms"], (0.1, 2.0), unpaid, _ASKS_ABOUT_PAYMENT, "inquiry", "payment"),
    )
    return [
        _written(
            rng,
            after(moment, rng.uniform(*wait, count)),
            concerned & (rng.random(count) < share),
            orders["buyer_no"],
            orders["order_no"],
            kind,
            (reason,),
        )
        for moment, wait, concerned, share, kind, reason in occasions
    ]


def _about_claims(day: StoreDay, rng: np.random.Generator) -> list[Columns]:
    """Complaints about goods, and disputes over claims that were refused."""
    slips = day.refunds
    count = rows_in(slips)
    bad = np.isin(slips["reason"], ("quality", "not_as_described", "wrong_item", "missing_part"))
    complains = bad & (rng.random(count) < _WRITES_WHEN_CLAIMING)
    disputes = (slips["rejected_ms"] < NEVER) & (rng.random(count) < _DISPUTES_REFUSAL)
    opened = after(slips["requested_ms"], rng.uniform(-4, 1, count))
    goods = _written(
        rng, opened, complains, slips["buyer_no"], slips["order_no"], "complaint", ("quality",)
    )
    goods["reason"] = slips["reason"][complains]
    refused = after(slips["rejected_ms"], rng.uniform(1, 48, count))
    claims = _written(
        rng, refused, disputes, slips["buyer_no"], slips["order_no"], "dispute", ("refund_refused",)
    )
    return [goods, claims]


def _written(
    rng: np.random.Generator,
    opened_ms: Ints,
    chosen: Bools,
    buyer_no: "np.ndarray[tuple[int], np.dtype[np.object_]]",
    order_no: "np.ndarray[tuple[int], np.dtype[np.object_]] | None",
    kind: str,
    reasons: tuple[str, ...],
) -> Columns:
    count = int(chosen.sum())
    return {
        "opened_ms": opened_ms[chosen],
        "buyer_no": buyer_no[chosen],
        "order_no": texts([None] * count) if order_no is None else order_no[chosen],
        "kind": same(kind, count),
        "reason": named(reasons, rng.integers(0, len(reasons), count)),
    }


def _serve(store: Store, rng: np.random.Generator, tickets: Columns) -> None:
    """Add who answers, when, and how it ends."""
    count = rows_in(tickets)
    channel = pick(rng, np.array(_CHANNEL_SHARES[store.channel_type]), count)
    tickets["channel"] = named(CHANNELS, channel)
    agents = [f"{store.order_prefix}-{number}" for number in range(1, _AGENTS_PER_STORE + 1)]
    tickets["agent"] = named(agents, rng.integers(0, len(agents), count))
    taken_up = _next_on_duty(store, tickets["opened_ms"])
    reply = _USUAL_REPLY_HOURS[channel] * rng.lognormal(0, 0.8, count)
    tickets["replied_ms"] = after(taken_up, reply)
    # The promise counts hours on duty only.
    limit = taken_up + _PROMISED_MS[channel]
    tickets["breached_ms"] = np.where(tickets["replied_ms"] > limit, limit, NEVER)
    usual = _by_kind(tickets, _USUAL_SOLUTION_HOURS)
    solved = after(tickets["replied_ms"], usual * rng.lognormal(0, 0.7, count))
    tickets["solved_ms"] = np.where(rng.random(count) < _NEVER_SOLVED, NEVER, solved)
    is_trouble = tickets["kind"] != "inquiry"
    tickets["replies"] = 1 + rng.poisson(np.where(is_trouble, 2.2, 0.7))
    tickets["reopens"] = rng.poisson(np.where(is_trouble, 0.16, 0.02))
    mood = _by_kind(tickets, _CONTENT) - 0.25 * (tickets["breached_ms"] < NEVER)
    answers = rng.random(count) < _ANSWERS_SURVEY
    rated = after(tickets["solved_ms"], rng.uniform(0.05, 20, count))
    tickets["rated_ms"] = np.where(answers, rated, NEVER)
    tickets["content"] = (rng.random(count) < mood).astype(np.int64)
    escalated = (tickets["kind"] == "dispute") | (
        (tickets["kind"] == "complaint") & (rng.random(count) < _ESCALATED)
    )
    wait = np.where(tickets["kind"] == "dispute", 0.0, rng.uniform(12, 60, count))
    tickets["escalated_ms"] = np.where(escalated, after(tickets["opened_ms"], wait), NEVER)


def _by_kind(tickets: Columns, values: Mapping[str, float]) -> Floats:
    return np.array([values[kind] for kind in tickets["kind"]], dtype=np.float64)


def _next_on_duty(store: Store, moments_ms: Ints) -> Ints:
    """When somebody is there to answer: at once, or when the desk opens."""
    first, last = _ON_DUTY[store.channel_type]
    hour = local_hours(store.tz_name, moments_ms)
    wait = np.select([hour < first, hour >= last], [first - hour, first + 24 - hour], 0.0)
    queue = np.where(wait > 0, 30 * SECOND, 0)
    return np.asarray(moments_ms + (wait * HOUR).astype(np.int64) + queue, dtype=np.int64)
