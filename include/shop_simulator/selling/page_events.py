"""The events of visits, as the tag in the page reports them."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.clock import DAY, HOUR, SECOND
from shop_simulator.randomness import Ints, pick
from shop_simulator.selling.baskets import Baskets
from shop_simulator.selling.demand import Scene, Sessions

EVENT_TYPES = ("page_view", "product_view", "add_to_cart", "checkout", "purchase")
PAGE_VIEW, PRODUCT_VIEW, ADD_TO_CART, CHECKOUT, PURCHASE = range(5)
# Most events arrive within seconds; apps that were offline deliver hours or a day later.
_HOURS_LATE_SHARE, _DAY_LATE_SHARE = 0.012, 0.0015
_TWICE_SHARE = 0.002


@dataclass(frozen=True)
class Events:
    """A day's events, session by session in the order they happened.

    Attributes:
        session: position of the session.
        kind: position in EVENT_TYPES.
        happened_ms: when, by the server's clock.
        sku: the product concerned, as a position; -1 without one.
    """

    session: Ints
    kind: Ints
    happened_ms: Ints
    sku: Ints


@dataclass(frozen=True)
class Deliveries:
    """Events as they reach the log server: some late, some twice.

    Attributes:
        event: position of the event; the same one twice when it was delivered twice.
        received_ms: when it was received.
    """

    event: Ints
    received_ms: Ints


def record_events(scene: Scene, sessions: Sessions, baskets: Baskets) -> Events:
    """List what every session of a day does, second by second."""
    rng = scene.stream("footprints")
    steps = np.column_stack(
        [
            sessions.pages,
            sessions.products,
            baskets.fills_cart,
            baskets.starts_checkout,
            baskets.buys,
        ]
    ).astype(np.int64)
    count = steps.sum(axis=1)
    session = np.repeat(np.arange(len(count)), count)
    kind = np.repeat(np.tile(np.arange(len(EVENT_TYPES)), len(count)), steps.ravel())
    first = np.cumsum(count) - count
    pause = (2 * SECOND + rng.exponential(24 * SECOND, len(session))).astype(np.int64)
    pause[first] = 0
    passed = np.cumsum(pause)
    passed -= np.repeat(passed[first], count)
    # Other products are viewed first, the one it settles for last.
    browsed = pick(rng, scene.wanted, len(session))
    last_view = (kind == PRODUCT_VIEW) & (np.append(kind[1:], PAGE_VIEW) != PRODUCT_VIEW)
    sku = np.where(last_view | (kind == ADD_TO_CART), baskets.interest[session], browsed)
    has_sku = (kind == PRODUCT_VIEW) | (kind == ADD_TO_CART)
    return Events(
        session=session,
        kind=kind,
        happened_ms=sessions.start_ms[session] + passed,
        sku=np.where(has_sku, sku, -1),
    )


def deliver(scene: Scene, sessions: Sessions, events: Events) -> Deliveries:
    """Send a day's events to the log server; those of a broken tag are lost."""
    rng = scene.stream("deliveries")
    count = len(events.session)
    delay = np.round(rng.exponential(1.6 * SECOND, count)).astype(np.int64)
    fate = rng.random(count)
    delay += np.where(fate < _HOURS_LATE_SHARE, rng.integers(HOUR, 7 * HOUR, count), 0)
    next_day = (fate > 1 - _DAY_LATE_SHARE) * rng.integers(DAY - 4 * HOUR, DAY + 6 * HOUR, count)
    received = events.happened_ms + delay + next_day
    twice = rng.random(count) < _TWICE_SHARE
    again = received + rng.integers(SECOND, HOUR, count)
    arrives = np.ones(count, dtype=np.bool_)
    if scene.effects.lost_channel is not None:
        broken = list(scene.store.channels).index(scene.effects.lost_channel)
        arrives = sessions.channel[events.session] != broken
    event = np.concatenate([np.flatnonzero(arrives), np.flatnonzero(arrives & twice)])
    received = np.concatenate([received[arrives], again[arrives & twice]])
    loads = scene.effects.loads
    return Deliveries(np.tile(event, loads), np.tile(received, loads))
