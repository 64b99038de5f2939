"""The event log door: one gzipped JSON-lines file per shop and hour in which events came in."""

import gzip
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from shop_simulator.catalogue import sku_codes
from shop_simulator.clock import HOUR, iso_texts, local_midnight
from shop_simulator.demand import Sessions
from shop_simulator.footprints import EVENT_TYPES, PURCHASE
from shop_simulator.orders import campaign_codes, customer_ids
from shop_simulator.randomness import Ints, opaque
from shop_simulator.simulation import StoreDay
from shop_simulator.stores import DEVICES, Store

_SESSION_SALT, _VISITOR_SALT, _EVENT_SALT = 11, 22, 33
# A day has room for so many sessions, and for so many events, before ids would meet.
_PER_DAY = 1 << 30
_KNOWN_EVERY = 5

_AGENTS = {
    "mobile": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
        "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/142.0 Mobile Safari",
        "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 Chrome/141.0 Mobile Safari",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    ),
    "desktop": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_6) AppleWebKit/605.1.15 Version/19.0 Safari",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Edg/142.0",
    ),
    "app": (
        "NanshanApp/8.4 (iOS 19.1; iPhone17,2)",
        "NanshanApp/8.4 (Android 16; Xiaomi 15)",
        "NanshanApp/8.3 (Android 15; HUAWEI Mate 70)",
        "NanshanApp/8.2 (HarmonyOS 6)",
    ),
    "bot": (
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
        "price-crawler/3.2",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0 Safari/537.36",
    ),
}


class EventLog:
    """The growing log of one shop. Hours are written once nothing more can come into them.

    Args:
        folder: `${SHOP_EVENTS_DIR}`.
        store: whose events are logged.
        from_ms: hours that ended before are there already and are left alone.
        until_ms: the simulator's clock; what comes in later is not written.
    """

    def __init__(self, folder: Path, store: Store, from_ms: int, until_ms: int) -> None:
        self._folder = folder
        self._store = store
        self._first_hour = from_ms // HOUR
        self._until_ms = until_ms
        self._waiting: dict[int, list[str]] = defaultdict(list)
        self.events_written = 0

    def take(self, day: StoreDay) -> None:
        """Take in a day's deliveries and write every hour that is over by its end."""
        received = day.deliveries.received_ms
        in_time = (received >= self._first_hour * HOUR) & (received < self._until_ms)
        chosen = np.flatnonzero(in_time)
        if len(chosen) == 0:
            return
        chosen = chosen[np.argsort(received[chosen], kind="stable")]
        lines = event_lines(day, day.deliveries.event[chosen], received[chosen])
        hours, first = np.unique(received[chosen] // HOUR, return_index=True)
        bounds = [*first.tolist(), len(lines)]
        for hour, begin, end in zip(hours.tolist(), bounds, bounds[1:], strict=False):
            self._waiting[hour] += lines[begin:end]
        tomorrow = day.scene.day + timedelta(days=1)
        self._write_hours_before(local_midnight(self._store.tz_name, tomorrow) // HOUR)

    def close(self) -> None:
        """Write what is left, up to the simulator's clock."""
        self._write_hours_before(self._until_ms // HOUR + 1)

    def _write_hours_before(self, end: int) -> None:
        for hour in sorted(hour for hour in self._waiting if hour < end):
            lines = self._waiting.pop(hour)
            self.events_written += len(lines)
            _write(self._folder, self._store.code, hour, lines)


def _write(folder: Path, store_code: str, hour: int, lines: list[str]) -> None:
    moment = datetime.fromtimestamp(hour * 3600, tz=UTC)
    place = folder / f"dt={moment:%Y-%m-%d}" / f"hour={moment:%H}"
    place.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    aside = place / f".events-{store_code}.tmp"
    # No time stamp in the file, so that equal events make equal bytes.
    aside.write_bytes(gzip.compress(text.encode(), compresslevel=1, mtime=0))
    aside.replace(place / f"events-{store_code}.jsonl.gz")


def event_lines(day: StoreDay, event: Ints, received_ms: Ints) -> list[str]:
    """Spell out deliveries as JSON, in the given order.

    Args:
        day: to which the events belong.
        event: positions of the events delivered; shape (n,).
        received_ms: when each came in; same shape.
    """
    visit = _visit_parts(day)
    sku_texts = [*(f'"{code}"' for code in sku_codes()), "null"]
    orders = dict(
        zip(day.taken.orders["session"].tolist(), day.taken.orders["order_no"], strict=True)
    )
    numbers = day.scene.store.numbers(day.scene.day, event, _PER_DAY)
    session, kind = day.events.session[event], day.events.kind[event]
    paths = _paths()
    sku = day.events.sku[event]
    return [
        f'{{"id":"e{number}",{visit[at]},"type":"{EVENT_TYPES[what]}","path":"{paths[what][which]}",'
        f'"sku":{sku_texts[which]},"order":{_quoted(orders[at]) if what == PURCHASE else "null"},'
        f'"ts":"{happened}","received":"{came_in}"}}'
        for number, at, what, which, happened, came_in in zip(
            opaque(numbers, _EVENT_SALT),
            session.tolist(),
            kind.tolist(),
            sku.tolist(),
            iso_texts(day.events.happened_ms[event]),
            iso_texts(received_ms),
            strict=True,
        )
    ]


def _visit_parts(day: StoreDay) -> list[str]:
    """What is the same for all events of a session, as a piece of JSON."""
    sessions, store = day.sessions, day.scene.store
    count = len(sessions.start_ms)
    everyone = np.arange(count, dtype=np.int64)
    numbers = store.numbers(day.scene.day, everyone, _PER_DAY)
    channels = list(store.channels)
    return [
        f'"session":"s{session}","visitor":"v{visitor}","customer":{_quoted(customer)},'
        f'"channel":"{channels[channel]}","campaign":{_quoted(campaign)},'
        f'"device":"{DEVICES[device]}","ua":"{agent}","shop":"{store.code}"'
        for session, visitor, customer, channel, campaign, device, agent in zip(
            opaque(numbers, _SESSION_SALT),
            opaque(sessions.visitor, _VISITOR_SALT),
            _customers(day),
            sessions.channel.tolist(),
            campaign_codes(store, sessions, everyone),
            sessions.device.tolist(),
            _agents(sessions),
            strict=True,
        )
    ]


def _customers(day: StoreDay) -> list[str | None]:
    """The account of each session: its buyer's, or that of a visitor who stays logged in."""
    visitor = day.sessions.visitor
    logged_in = (visitor % _KNOWN_EVERY == 0) & ~day.sessions.is_bot & ~day.baskets.buys
    known = customer_ids(visitor)
    customers = [known[at] if flag else None for at, flag in enumerate(logged_in.tolist())]
    orders = day.taken.orders
    for session, buyer in zip(orders["session"].tolist(), orders["buyer_no"], strict=True):
        customers[session] = buyer
    return customers


def _agents(sessions: Sessions) -> list[str]:
    kinds = np.where(sessions.is_bot, len(DEVICES), sessions.device)
    by_kind = [_AGENTS[name] for name in (*DEVICES, "bot")]
    return [
        by_kind[kind][agent]
        for kind, agent in zip(kinds.tolist(), sessions.agent.tolist(), strict=True)
    ]


def _paths() -> list[list[str]]:
    """The page of each event type and SKU; the last of each row is for no SKU."""
    codes = sku_codes()
    products = [*(f"/p/{code}" for code in codes), "/p"]
    pages = {"page_view": "/", "add_to_cart": "/cart", "checkout": "/checkout"}
    return [
        products if kind == "product_view" else [pages.get(kind, "/thanks")] * len(products)
        for kind in EVENT_TYPES
    ]


def _quoted(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'
