"""The three shops and what makes each of them different."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shop_simulator.errors import WorldInvalid
from shop_simulator.randomness import Ints

DEVICES = ("mobile", "desktop", "app")


@dataclass(frozen=True)
class AdAccount:
    """An account at an advertising platform; it pays for the visits of one channel.

    Attributes:
        tz_name: the platform cuts its report days by it, whatever the shop's own zone is.
        click_cents: what a click usually costs, in cents of the store's currency.
        item_campaigns: campaigns whose reports name the advertised item.
    """

    platform: str
    number: str
    tz_name: str
    click_cents: float
    item_campaigns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Channel:
    """A way in which visitors come.

    Attributes:
        share: of an ordinary day's sessions.
        conversion: relative to the store's average.
        promo_pull: how strongly it swells with a promotion; 1 as the store as a whole.
        campaigns: codes its links carry; empty when it has none.
        ads: who is paid for its visits; None for what comes by itself.
    """

    share: float
    conversion: float
    promo_pull: float = 1.0
    campaigns: tuple[str, ...] = ()
    ads: AdAccount | None = None


@dataclass(frozen=True)
class Store:
    """A shop front on one platform.

    Attributes:
        number: distinguishes its ids from those of other stores; below 16.
        market: the folder of its competitors' pages.
        sessions_per_day: people's, on an ordinary day at scale 1.
        conversion: how readily a visitor who views products buys; about 1.
        weekday: traffic from Monday to Sunday, mean 1.
        devices: shares in the order of DEVICES.
        price_level: prices in its currency per US dollar of the catalogue.
        freight_cents: charged below free_freight_from_cents of goods.
        guest_share: of orders without an account.
        cod_share: of orders paid in cash on delivery.
    """

    code: str
    number: int
    title: str
    channel_type: Literal["marketplace", "own_site"]
    tz_name: str
    currency: str
    market: Literal["cn", "us", "eu"]
    opened: date
    sessions_per_day: int
    conversion: float
    weekday: tuple[float, ...]
    devices: tuple[float, float, float]
    channels: Mapping[str, Channel]
    warehouses: tuple[str, str]
    price_level: float
    tax_rate: float
    freight_cents: int
    free_freight_from_cents: int
    guest_share: float
    cod_share: float = 0.0

    @property
    def ad_accounts(self) -> Mapping[str, AdAccount]:
        """Who is paid for visits, by channel; each platform has one channel."""
        return {name: one.ads for name, one in self.channels.items() if one.ads is not None}

    def numbers(self, day: date, position: Ints, per_day: int) -> Ints:
        """Count things of a day so that no other day, and no other store, has the same number.

        Args:
            day: local.
            position: of each thing within the day; below per_day.
            per_day: at most 2**30.
        """
        # Days fit into 20 bits, so that stores begin above any of their days.
        return position + (self.number << 50) + day.toordinal() * per_day

    @property
    def order_prefix(self) -> str:
        """What its order numbers start with."""
        return self.market.upper()


CN_MARKET = Store(
    code="cn_market",
    number=1,
    title="Nanshan Living 抖店",
    channel_type="marketplace",
    tz_name="Asia/Shanghai",
    currency="CNY",
    market="cn",
    opened=date(2023, 3, 8),
    sessions_per_day=2600,
    conversion=1.1,
    weekday=(0.96, 0.95, 0.96, 0.97, 1.0, 1.08, 1.08),
    devices=(0.30, 0.04, 0.66),
    channels={
        "marketplace_search": Channel(0.30, 1.25),
        "recommendation": Channel(0.28, 0.75),
        "paid_search": Channel(
            *(0.14, 1.1, 1.2, ("qc-hot", "qc-brand")),
            ads=AdAccount("zhitou", "ZT-20871", "Asia/Shanghai", 560.0, ("qc-hot",)),
        ),
        "live_stream": Channel(
            *(0.18, 1.15, 1.5, ("live-day", "live-night")),
            ads=AdAccount("livecast", "LC-5514", "Asia/Shanghai", 420.0, ("live-day",)),
        ),
        "direct": Channel(0.10, 1.2),
    },
    warehouses=("SZ1", "HZ2"),
    price_level=6.6,
    tax_rate=0.0,
    freight_cents=800,
    free_freight_from_cents=8_800,
    guest_share=0.0,
    cod_share=0.06,
)

US_SITE = Store(
    code="us_site",
    number=2,
    title="Nanshan Living US",
    channel_type="own_site",
    tz_name="America/New_York",
    currency="USD",
    market="us",
    opened=date(2024, 5, 2),
    sessions_per_day=2000,
    conversion=1.0,
    weekday=(1.07, 1.06, 1.04, 1.03, 0.97, 0.88, 0.95),
    devices=(0.58, 0.42, 0.0),
    channels={
        "organic_search": Channel(0.27, 1.1),
        "paid_search": Channel(
            *(0.25, 1.2, 1.1, ("ps-brand", "ps-generic", "ps-shopping")),
            ads=AdAccount("searchads", "718-204-1", "America/New_York", 62.0, ("ps-shopping",)),
        ),
        "social": Channel(
            *(0.19, 0.6, 1.3, ("ig-reels", "fb-lookalike")),
            # Opened by the former agency in California; an account's zone cannot be changed.
            ads=AdAccount("socialads", "act_30117", "America/Los_Angeles", 34.0),
        ),
        "direct": Channel(0.15, 1.2),
        "email": Channel(0.08, 1.5, 1.6, ("newsletter", "back-in-stock")),
        "referral": Channel(0.06, 0.8),
    },
    warehouses=("NJ1", "NV1"),
    price_level=1.0,
    tax_rate=0.0725,
    freight_cents=695,
    free_freight_from_cents=6_000,
    guest_share=0.24,
)

EU_SHOP = Store(
    code="eu_shop",
    number=3,
    title="Nanshan Living Europe",
    channel_type="own_site",
    tz_name="Europe/Berlin",
    currency="EUR",
    market="eu",
    opened=date(2024, 9, 16),
    sessions_per_day=1900,
    conversion=1.06,
    weekday=(1.03, 1.0, 0.98, 0.98, 0.92, 0.96, 1.13),
    devices=(0.55, 0.45, 0.0),
    channels={
        "organic_search": Channel(0.31, 1.1),
        "paid_search": Channel(
            *(0.21, 1.15, 1.1, ("ps-brand", "ps-shopping")),
            ads=AdAccount("searchads", "718-204-2", "Europe/Berlin", 70.0, ("ps-shopping",)),
        ),
        "social": Channel(
            *(0.17, 0.6, 1.3, ("ig-reels", "pin-home")),
            ads=AdAccount("socialads", "act_30442", "Europe/Berlin", 38.0),
        ),
        "direct": Channel(0.15, 1.2),
        "email": Channel(0.10, 1.45, 1.6, ("newsletter",)),
        "referral": Channel(0.06, 0.8),
    },
    warehouses=("DE1", "PL1"),
    price_level=0.94,
    tax_rate=0.19,
    freight_cents=495,
    free_freight_from_cents=5_000,
    guest_share=0.20,
)

STORES: Mapping[str, Store] = {store.code: store for store in (CN_MARKET, US_SITE, EU_SHOP)}


def store_named(code: str) -> Store:
    """Look a store up.

    Raises:
        WorldInvalid: there is none of that code; the message lists those there are.
    """
    if code not in STORES:
        raise WorldInvalid(f"there is no store {code!r}; the simulator has {', '.join(STORES)}")
    return STORES[code]
