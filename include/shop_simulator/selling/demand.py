"""Who visits a store on a day, from which channel, with which intention."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from shop_simulator.clock import HOUR, hours_of_day
from shop_simulator.randomness import Bools, Floats, Ints, pick, stream
from shop_simulator.setting.calendar import Occasion
from shop_simulator.setting.catalogue import SKU_COUNT
from shop_simulator.setting.experiments import experiments_on, persuaded
from shop_simulator.setting.incidents import Effects
from shop_simulator.setting.stores import Store

# Share of a day's visits by local hour, midnight first.
_HOURS = np.array(
    [
        *(1.6, 0.9, 0.6, 0.4, 0.4, 0.6, 1.4, 2.6, 3.8, 4.7, 5.2, 5.3),
        *(5.6, 5.3, 4.9, 4.7, 4.7, 4.9, 5.4, 6.4, 7.6, 8.0, 6.6, 3.8),
    ]
)
_BOT_SHARE = 0.04
_BOUNCE = 0.42
_SEES_SECOND_PAGE = 0.6
# Mobile visitors browse more and buy less; in the order of DEVICES.
_DEVICE_CONVERSION = np.array([0.82, 1.25, 1.08])
_CART, _CHECKOUT, _BUY = 0.19, 0.60, 0.48
_RETURNING = 0.30
# Some who click are gone before the page is there.
LANDED_CLICKS = 0.88
# A bot comes again and again under one cookie.
_SESSIONS_PER_BOT = 6
# Share of the orders that somebody places who was there before, and after how many days on average.
# A third of them left no name then, or were not sold what they wanted.
_BOUGHT_BEFORE, _DAYS_BETWEEN_ORDERS = 0.32, 21
# Room for a day's new visitors; numbers from the middle on are for bots, those before for buyers.
_VISITORS_PER_DAY = 1 << 24
_BOT_NUMBERS_FROM = 1 << 23
_BUYER_NUMBERS_FROM = 1 << 22
_AGENTS_PER_KIND = 4


@dataclass(frozen=True)
class Scene:
    """The conditions of a store's local day, before any visit.

    Attributes:
        traffic: sessions relative to an ordinary day of that weekday.
        conversion: likewise for how readily visitors buy.
        wanted: interest per SKU; 0 for what is not on the shelf; any unit.
        appeal: factor of conversion per SKU, from our price and the competitors'.
        price_cents: what one unit of each SKU costs today.
        blocked: the SKUs that may not be sold.
        ad_budgets: cents that may be spent today, by advertising platform.
    """

    seed: int
    store: Store
    day: date
    scale: float
    traffic: float
    conversion: float
    promotion: Occasion | None
    effects: Effects
    wanted: Floats
    appeal: Floats
    price_cents: Ints
    blocked: Ints
    ad_budgets: Mapping[str, int]

    def stream(self, decision: str) -> np.random.Generator:
        """The stream of chance of one decision of this day."""
        return stream(self.seed, self.store.code, decision, self.day.toordinal())

    @property
    def expected_sessions(self) -> float:
        """People's sessions to expect, without noise."""
        leak = 1.15 if self.effects.leaked_discount else 1.0
        weekday = self.store.weekday[self.day.weekday()]
        return self.store.sessions_per_day * self.scale * weekday * self.traffic * leak


@dataclass(frozen=True)
class Sessions:
    """A local day's visits, by start. One entry each.

    Attributes:
        channel: position in the store's channels.
        campaign: position in the channel's campaigns; -1 without one.
        device: position in DEVICES.
        visitor: number of the visitor; stays the same from visit to visit.
        agent: position in the device's user agents (bots: in theirs).
        pages, products: how many pages and product pages are viewed.
        interest: the SKU the visitor came for, as a position; -1 after a bounce.
        fills_cart, starts_checkout, buys: would do so if the goods are there.
    """

    start_ms: Ints
    channel: Ints
    campaign: Ints
    device: Ints
    visitor: Ints
    agent: Ints
    is_bot: Bools
    pages: Ints
    products: Ints
    interest: Ints
    fills_cart: Bools
    starts_checkout: Bools
    buys: Bools


def visits(scene: Scene) -> Sessions:
    """The visits of a day, by people and bots."""
    rng = scene.stream("visits")
    reach = _reach(scene)
    people = int(rng.poisson(scene.expected_sessions * reach * rng.lognormal(0, 0.045)))
    bots = int(rng.poisson(scene.expected_sessions * _BOT_SHARE * scene.effects.bots))
    count = people + bots
    is_bot = rng.permutation(count) < bots
    channel = np.where(is_bot, len(scene.store.channels) - 1, _channels(scene, rng, count))
    device = np.where(is_bot, 1, pick(rng, np.array(scene.store.devices), count))
    bounces = rng.random(count) < _BOUNCE
    stays = ~bounces | is_bot
    interest = np.where(stays, pick(rng, scene.wanted, count), -1)
    fills_cart, starts_checkout, buys = _intentions(scene, rng, channel, device, interest)
    sessions = Sessions(
        start_ms=np.sort(_starts(scene, rng, count)),
        channel=channel,
        campaign=_campaigns(scene, rng, channel),
        device=device,
        visitor=_with_buyers(
            scene,
            np.where(is_bot, _bots(scene, rng, is_bot), _visitors(scene, rng, count)),
            buys & ~is_bot,
        ),
        agent=rng.integers(0, _AGENTS_PER_KIND, count),
        is_bot=is_bot,
        pages=np.where(
            is_bot, rng.integers(1, 5, count), 1 + (stays & (rng.random(count) < _SEES_SECOND_PAGE))
        ),
        products=np.where(
            is_bot, rng.integers(2, 14, count), stays * (1 + rng.poisson(1.0, count))
        ),
        interest=interest,
        fills_cart=fills_cart & ~is_bot,
        starts_checkout=starts_checkout & ~is_bot,
        buys=buys & ~is_bot,
    )
    return _with_experiments(scene, sessions)


def _with_experiments(scene: Scene, sessions: Sessions) -> Sessions:
    """Add the purchases that experiments cause."""
    running = experiments_on(scene.store.code, scene.day)
    convinced = persuaded(running, scene.stream("experiments"), sessions.visitor, _BUY)
    return replace(sessions, buys=sessions.buys | (sessions.starts_checkout & convinced))


def expected_orders(scene: Scene) -> float:
    """Orders to expect of a day, without noise and shortages."""
    return scene.expected_sessions * _buying_share(scene.store) * scene.conversion


def _buying_share(store: Store) -> float:
    """Share of an ordinary day's visits that end in an order."""
    return (1 - _BOUNCE) * _CART * _CHECKOUT * _BUY * 1.04 * store.conversion


def _starts(scene: Scene, rng: np.random.Generator, count: int) -> Ints:
    starts, clocks = hours_of_day(scene.store.tz_name, scene.day)
    hour = pick(rng, _HOURS[clocks], count)
    return np.asarray(starts[hour] + rng.integers(0, HOUR, count), dtype=np.int64)


def _channels(scene: Scene, rng: np.random.Generator, count: int) -> Ints:
    shares = _wanted_shares(scene) * _shown(scene)
    return pick(rng, shares * rng.lognormal(0, 0.05, len(shares)), count)


def _wanted_shares(scene: Scene) -> Floats:
    """Each channel's share of visits if every advertisement were shown; sums to 1."""
    channels = scene.store.channels.values()
    shares = np.array([channel.share for channel in channels])
    pull = np.array([channel.promo_pull for channel in channels])
    if scene.promotion is not None:
        shares = shares * pull ** min(1.0, max(0.0, scene.traffic - 1))
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _shown(scene: Scene) -> Floats:
    """Share of each channel's possible visits that its advertisements are shown for.

    A day's budget ends when its clicks have used it up; what needs no advertisement is at 1.
    """
    shown = np.ones(len(scene.store.channels))
    wanted = scene.expected_sessions * _wanted_shares(scene) / LANDED_CLICKS
    for position, (name, channel) in enumerate(scene.store.channels.items()):
        if channel.ads is not None:
            cents = wanted[position] * channel.ads.click_cents
            shown[position] = min(1.0, scene.ad_budgets[channel.ads.platform] / cents)
            if scene.effects.paused_channel == name:
                shown[position] = 0.0
    return shown


def _reach(scene: Scene) -> float:
    """Share of the possible sessions that the advertising budgets allow."""
    return float((_wanted_shares(scene) * _shown(scene)).sum())


def _campaigns(scene: Scene, rng: np.random.Generator, channel: Ints) -> Ints:
    choices = np.array([len(c.campaigns) for c in scene.store.channels.values()])[channel]
    # Squared, so that most of a channel's visits are of its first campaign.
    drawn = (rng.random(len(channel)) ** 2 * choices).astype(np.int64)
    return np.where(choices > 0, drawn, -1)


def _visitors(scene: Scene, rng: np.random.Generator, count: int) -> Ints:
    """Numbers of the visitors: new ones of today, or ones that first came some days ago."""
    usual = max(1, round(scene.store.sessions_per_day * scene.scale * (1 - _RETURNING)))
    returning = rng.random(count) < _RETURNING
    days_ago = np.where(returning, rng.geometric(0.14, count) - 1, 0)
    among = np.where(returning, (rng.random(count) * usual).astype(np.int64), np.arange(count))
    today = scene.store.numbers(scene.day, among, _VISITORS_PER_DAY)
    return np.asarray(today - days_ago * _VISITORS_PER_DAY, dtype=np.int64)


def _with_buyers(scene: Scene, visitor: Ints, buys: Bools) -> Ints:
    """The visitors, those who buy being today's new buyers or ones of some days ago.

    Of a day before the history began they are new all the same: nobody saw them then.
    """
    rng = scene.stream("buyers")
    count = int(buys.sum())
    usual = max(1, round(scene.store.sessions_per_day * scene.scale * _buying_share(scene.store)))
    again = rng.random(count) < _BOUGHT_BEFORE
    days_ago = np.where(again, rng.geometric(1 / _DAYS_BETWEEN_ORDERS, count), 0)
    among = np.where(again, (rng.random(count) * usual).astype(np.int64), np.arange(count))
    today = scene.store.numbers(scene.day, _BUYER_NUMBERS_FROM + among, _VISITORS_PER_DAY)
    with_buyers = visitor.copy()
    with_buyers[buys] = today - days_ago * _VISITORS_PER_DAY
    return with_buyers


def _bots(scene: Scene, rng: np.random.Generator, is_bot: Bools) -> Ints:
    pool = max(1, int(is_bot.sum()) // _SESSIONS_PER_BOT)
    drawn = rng.integers(0, pool, len(is_bot))
    return scene.store.numbers(scene.day, _BOT_NUMBERS_FROM + drawn, _VISITORS_PER_DAY)


def _intentions(
    scene: Scene, rng: np.random.Generator, channel: Ints, device: Ints, interest: Ints
) -> tuple[Bools, Bools, Bools]:
    """Who would fill a cart, go to the checkout and buy, each step only after the one before."""
    count = len(channel)
    of_channel = np.array([c.conversion for c in scene.store.channels.values()])
    leak = 1.25 if scene.effects.leaked_discount else 1.0
    mood = scene.store.conversion * scene.conversion * leak * rng.lognormal(0, 0.04)
    keenness = mood * of_channel[channel] * _DEVICE_CONVERSION[device]
    keenness = keenness * scene.appeal[np.clip(interest, 0, SKU_COUNT - 1)]
    # Keener visitors fill more carts and leave fewer behind, in equal parts.
    step = np.sqrt(keenness)
    fills_cart = (interest >= 0) & (rng.random(count) < np.minimum(0.7, _CART * step))
    starts_checkout = fills_cart & (rng.random(count) < _CHECKOUT)
    buys = starts_checkout & (rng.random(count) < np.minimum(0.95, _BUY * step))
    return fills_cart, starts_checkout, buys
