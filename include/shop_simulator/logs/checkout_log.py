"""The checkout service's own log: carts, checkouts and payments, as the server saw them.

Written by the server, not by a tag in the page: nothing of it is lost when a tag breaks, and a
payment that succeeds at night is there too. Invariants:

- a session that fills a cart has one; it is checked out and paid in that session or not at all
- `value` is what lies in the cart, before discounts, tax and freight
- a cart with which nothing happens for a day expires, unless cash on delivery or the rest of a
  presale is still to come; those are paid when the money is there, weeks later perhaps
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from shop_simulator.clock import DAY, HOUR, MINUTE, NEVER, SECOND, iso_texts, local_midnight
from shop_simulator.columns import Columns, rows_in, same, stacked, taken
from shop_simulator.logs.event_log import customers_of, quoted, session_ids, visitor_ids
from shop_simulator.logs.log_files import LogFiles
from shop_simulator.randomness import Bools, Ints, opaque
from shop_simulator.selling.page_events import ADD_TO_CART, CHECKOUT
from shop_simulator.selling.simulation import StoreDay
from shop_simulator.setting.stores import Store

_CART_SALT, _CHECKOUT_SALT, _EVENT_SALT = 44, 55, 66
_PER_DAY = 1 << 30
_FIRST_TRY_MS = 12 * MINUTE
_LATE_SHARE, _TWICE_SHARE = 0.006, 0.002


class CheckoutLog:
    """The growing log of one shop's checkouts, one file per UTC day.

    Args:
        folder: gets `dt=<day>/checkouts-<shop>.jsonl.gz`.
        store: whose checkouts are logged.
        from_ms: days that ended before are there already and are left alone.
        until_ms: the simulator's clock; what is received later is not written.
    """

    def __init__(self, folder: Path, store: Store, from_ms: int, until_ms: int) -> None:
        self._store = store
        self._log = LogFiles(folder, f"checkouts-{store.code}", DAY, from_ms, until_ms)

    def take(self, day: StoreDay) -> None:
        """Add what becomes of a day's carts and write every file that is full by its end."""
        if not day.baskets.fills_cart.any():
            return
        events = _events(day)
        event, received = _delivered(day, events)
        chosen = self._log.wanted(received)
        if len(chosen):
            self._log.add(received[chosen], _lines(day, events, event[chosen], received[chosen]))
        tomorrow = day.scene.day + timedelta(days=1)
        self._log.write_before(local_midnight(self._store.tz_name, tomorrow))

    def close(self) -> None:
        """Write what is left, up to the simulator's clock."""
        self._log.close()


@dataclass(frozen=True)
class _Carts:
    """A day's carts. Arrays have one entry per session of the day.

    Attributes:
        filled_ms, checkout_ms: when it was filled and checked out; NEVER if it was not.
        cents: what lay in it in the end.
        order: position of the order it became; -1 if none.
    """

    filled_ms: Ints
    checkout_ms: Ints
    cents: Ints
    order: Ints


def _events(day: StoreDay) -> Columns:
    """All events of a day's carts: `session, type, at_ms, cents, order`."""
    carts = _carts(day)
    orders = day.taken.orders
    session = np.flatnonzero(carts.filled_ms < NEVER)
    checked_out = np.flatnonzero(carts.checkout_ms < NEVER)
    no_order = same(-1, len(session))
    buyer, number = orders["session"], np.arange(rows_in(orders))
    placed, paid, total = orders["placed_ms"], orders["paid_ms"], carts.cents[orders["session"]]
    rng = day.scene.stream("payments")
    refusal = placed + rng.integers(40 * SECOND, 3 * MINUTE, len(placed))
    online = (orders["pay_method"] == "online") & (orders["presale"] == 0)
    failed = online & (paid - placed > _FIRST_TRY_MS)
    is_paid = paid < NEVER
    tables = [
        _happen("cart.created", session, carts.filled_ms[session], 0 * session, no_order),
        _items_added(day, carts),
        _happen(
            "checkout.started",
            checked_out,
            carts.checkout_ms[checked_out],
            carts.cents[checked_out],
            same(-1, len(checked_out)),
        ),
        _happen("payment.started", buyer, placed, total, number),
        _happen("payment.failed", buyer, refusal, total, number, failed),
        _happen("payment.succeeded", buyer, paid, total, number, is_paid),
        _expired(carts, orders),
    ]
    return stacked(tables)


def _carts(day: StoreDay) -> _Carts:
    count = len(day.sessions.start_ms)
    filled, checkout = (np.full(count, NEVER, dtype=np.int64) for _ in range(2))
    for moments, kind in ((filled, ADD_TO_CART), (checkout, CHECKOUT)):
        mine = day.events.kind == kind
        moments[day.events.session[mine]] = day.events.happened_ms[mine]
    order = np.full(count, -1, dtype=np.int64)
    order[day.taken.orders["session"]] = np.arange(rows_in(day.taken.orders))
    bought = day.baskets.quantity * day.scene.price_cents[day.baskets.sku]
    cents = np.bincount(day.baskets.session, bought, count).astype(np.int64)
    # The cart of a visitor who does not buy holds one unit of what they came for.
    one_unit = day.scene.price_cents[np.maximum(day.baskets.interest, 0)]
    return _Carts(filled, checkout, np.where(cents > 0, cents, one_unit), order)


def _items_added(day: StoreDay, carts: _Carts) -> Columns:
    """One entry per line of a cart; a buyer's other lines follow until the checkout."""
    baskets = day.baskets
    begun = np.searchsorted(baskets.session, baskets.session)
    position = np.arange(len(begun)) - begun
    cents = np.cumsum(baskets.quantity * day.scene.price_cents[baskets.sku])
    before = np.append(0, cents)[begun]
    filled = carts.filled_ms[baskets.session]
    size = np.bincount(baskets.session, minlength=len(carts.cents))[baskets.session]
    pause = (carts.checkout_ms[baskets.session] - filled) * position // (size + 1)
    bought = _happen(
        "cart.item_added", baskets.session, filled + pause, cents - before, same(-1, len(begun))
    )
    others = np.flatnonzero((carts.filled_ms < NEVER) & ~baskets.buys)
    left = _happen(
        "cart.item_added",
        others,
        carts.filled_ms[others],
        carts.cents[others],
        same(-1, len(others)),
    )
    return stacked([bought, left])


def _expired(carts: _Carts, orders: Columns) -> Columns:
    """Carts with which nothing has happened for a day."""
    last = np.where(carts.checkout_ms < NEVER, carts.checkout_ms, carts.filled_ms)
    left = np.flatnonzero((carts.filled_ms < NEVER) & (carts.order < 0))
    online = orders["pay_method"] == "online"
    first_payment = np.where(orders["presale"] == 1, orders["deposit_ms"], orders["paid_ms"])
    unpaid = np.flatnonzero(online & (first_payment > orders["placed_ms"] + DAY))
    buyer = orders["session"][unpaid]
    return stacked(
        [
            _happen("cart.expired", left, last[left] + DAY, carts.cents[left], carts.order[left]),
            _happen(
                "cart.expired", buyer, orders["placed_ms"][unpaid] + DAY, carts.cents[buyer], unpaid
            ),
        ]
    )


def _happen(
    kind: str, session: Ints, at_ms: Ints, cents: Ints, order: Ints, where: Bools | None = None
) -> Columns:
    table: Columns = {
        "session": session,
        "type": same(kind, len(session)),
        "at_ms": at_ms,
        "cents": cents,
        "order": order,
    }
    return table if where is None else taken(table, where)


def _delivered(day: StoreDay, events: Columns) -> tuple[Ints, Ints]:
    """When each event is received: within a second, few hours late, very few twice."""
    rng = day.scene.stream("checkout deliveries")
    count = rows_in(events)
    delay = rng.integers(20, SECOND, count)
    delay += np.where(rng.random(count) < _LATE_SHARE, rng.integers(HOUR, 4 * HOUR, count), 0)
    received = events["at_ms"] + delay
    twice = np.flatnonzero(rng.random(count) < _TWICE_SHARE)
    again = received[twice] + MINUTE
    return np.concatenate([np.arange(count), twice]), np.concatenate([received, again])


def _lines(day: StoreDay, events: Columns, event: Ints, received_ms: Ints) -> list[str]:
    """Spell out deliveries as JSON, in the given order."""
    store, orders = day.scene.store, day.taken.orders
    shown = taken(events, event)
    visit = dict(zip(*_visits(day, np.unique(shown["session"])), strict=True))
    numbers = store.numbers(day.scene.day, event, _PER_DAY)
    order_no = [*(f'"{number}"' for number in orders["order_no"]), "null"]
    methods = [*(f'"{method}"' for method in orders["pay_method"]), "null"]
    texts = zip(
        opaque(numbers, _EVENT_SALT),
        shown["session"].tolist(),
        shown["type"],
        shown["order"].tolist(),
        shown["cents"].tolist(),
        iso_texts(shown["at_ms"]),
        iso_texts(received_ms),
        strict=True,
    )
    return [
        f'{{"id":"k{number}","event":"{kind}",{visit[session][kind[:4] == "cart"]},'
        f'"order":{order_no[order]},"method":{methods[order]},'
        f'"ccy":"{store.currency}","value":"{cents // 100}.{cents % 100:02d}",'
        f'"at":"{happened}","logged":"{received}","shop":"{store.code}"}}'
        for number, session, kind, order, cents, happened, received in texts
    ]


def _visits(day: StoreDay, at: Ints) -> tuple[list[int], list[tuple[str, str]]]:
    """What is the same for all events of a cart, as JSON: from the checkout on, and before it."""
    numbers = day.scene.store.numbers(day.scene.day, at, _PER_DAY)
    parts = []
    for cart, checkout, session, visitor, customer in zip(
        opaque(numbers, _CART_SALT),
        opaque(numbers, _CHECKOUT_SALT),
        session_ids(day, at),
        visitor_ids(day, at),
        customers_of(day, at),
        strict=True,
    ):
        who = f'"session":"s{session}","visitor":"v{visitor}","account":{quoted(customer)}'
        known = f'"cart":"c{cart}","checkout":"h{checkout}",{who}'
        parts.append((known, f'"cart":"c{cart}","checkout":null,{who}'))
    return at.tolist(), parts
