"""The event log: what the tag in the page reported, by the hour of receipt."""

from datetime import timedelta
from pathlib import Path

import numpy as np

from shop_simulator.clock import HOUR, iso_texts, local_midnight
from shop_simulator.logs.log_files import LogFiles
from shop_simulator.randomness import Ints, opaque
from shop_simulator.selling.demand import Sessions
from shop_simulator.selling.orders import campaign_codes, customer_ids
from shop_simulator.selling.page_events import EVENT_TYPES, PURCHASE
from shop_simulator.selling.simulation import StoreDay
from shop_simulator.setting.catalogue import sku_codes
from shop_simulator.setting.stores import DEVICES, Store

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
    """The growing event log of one shop.

    Args:
        folder: `${SHOP_EVENTS_DIR}`.
        store: whose events are logged.
        from_ms: hours that ended before are there already and are left alone.
        until_ms: the simulator's clock; what is received later is not written.
    """

    def __init__(self, folder: Path, store: Store, from_ms: int, until_ms: int) -> None:
        self._store = store
        self._log = LogFiles(folder, f"events-{store.code}", HOUR, from_ms, until_ms)

    @property
    def events_written(self) -> int:
        """How many events are in the files."""
        return self._log.lines_written

    def take(self, day: StoreDay) -> None:
        """Add a day's deliveries and write every hour that is over by its end."""
        chosen = self._log.wanted(day.deliveries.received_ms)
        received = day.deliveries.received_ms[chosen]
        if len(chosen) == 0:
            return
        self._log.add(received, event_lines(day, day.deliveries.event[chosen], received))
        tomorrow = day.scene.day + timedelta(days=1)
        self._log.write_before(local_midnight(self._store.tz_name, tomorrow))

    def close(self) -> None:
        """Write what is left, up to the simulator's clock."""
        self._log.close()


def event_lines(day: StoreDay, event: Ints, received_ms: Ints) -> list[str]:
    """Spell out deliveries as JSON, in the given order.

    Args:
        day: to which the events belong.
        event: positions of the events delivered; shape (n,).
        received_ms: when each was received; same shape.
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
        f'"sku":{sku_texts[which]},"order":{quoted(orders[at]) if what == PURCHASE else "null"},'
        f'"ts":"{happened}","received":"{received}"}}'
        for number, at, what, which, happened, received in zip(
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
    """What is the same for all events of a session, as a JSON fragment."""
    sessions, store = day.sessions, day.scene.store
    count = len(sessions.start_ms)
    everyone = np.arange(count, dtype=np.int64)
    channels = list(store.channels)
    return [
        f'"session":"s{session}","visitor":"v{visitor}","customer":{quoted(customer)},'
        f'"channel":"{channels[channel]}","campaign":{quoted(campaign)},'
        f'"device":"{DEVICES[device]}","ua":"{agent}","shop":"{store.code}"'
        for session, visitor, customer, channel, campaign, device, agent in zip(
            session_ids(day, everyone),
            visitor_ids(day, everyone),
            customers_of(day, everyone),
            sessions.channel.tolist(),
            campaign_codes(store, sessions, everyone),
            sessions.device.tolist(),
            _agents(sessions),
            strict=True,
        )
    ]


def session_ids(day: StoreDay, at: Ints) -> list[str]:
    """The ids of some sessions of a day, given by position."""
    return opaque(day.scene.store.numbers(day.scene.day, at, _PER_DAY), _SESSION_SALT)


def visitor_ids(day: StoreDay, at: Ints) -> list[str]:
    """The ids of the visitors of some sessions."""
    return visitor_numbers(day.sessions.visitor[at])


def visitor_numbers(visitor: Ints) -> list[str]:
    """The numbers of visitors; every system that sees them puts a `v` before."""
    return opaque(visitor, _VISITOR_SALT)


def customers_of(day: StoreDay, at: Ints) -> list[str | None]:
    """The account of some sessions: the buyer's, or that of a visitor who stays logged in.

    Args:
        day: of the sessions.
        at: their positions, ascending.
    """
    visitor = day.sessions.visitor[at]
    logged_in = (visitor % _KNOWN_EVERY == 0) & ~day.sessions.is_bot[at] & ~day.baskets.buys[at]
    customers: list[str | None] = [None] * len(at)
    known = np.flatnonzero(logged_in)
    for place, customer in zip(known.tolist(), customer_ids(visitor[known]), strict=True):
        customers[place] = customer
    orders = day.taken.orders
    asked = np.flatnonzero(np.isin(orders["session"], at))
    places = np.searchsorted(at, orders["session"][asked])
    for place, buyer in zip(places.tolist(), orders["buyer_no"][asked], strict=True):
        customers[place] = buyer
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


def quoted(text: str | None) -> str:
    """A text as JSON; it holds nothing that would need escaping."""
    return "null" if text is None else f'"{text}"'
