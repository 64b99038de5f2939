"""What can go wrong in a shop, and the record of what did.

An incident changes the causes (nobody buys what is out of stock, a channel's log lines are lost);
the numbers follow by themselves. `truth.json` states what was changed and which KPIs must show it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from shop_simulator.clock import iso, local_midnight
from shop_simulator.errors import WorldInvalid
from shop_simulator.setting.stores import store_named


@dataclass(frozen=True)
class Effects:
    """What is wrong on a store's day; the defaults are a day without incidents.

    Attributes:
        lost_channel: the channel whose log lines never arrive.
        paused_channel: the channel whose advertisements are not shown.
        best_seller_blocked: the best-selling style is blocked in every warehouse.
        best_seller_category_blocked: so is everything else of its category.
        competitor_cut: share by which competitors lower the prices of the best sellers.
        leaked_discount: share of the goods a leaked staff coupon takes off.
        payable: share of payment attempts that get through.
        bots: bot sessions relative to an ordinary day.
        loads: how often the day's records are written.
        carrier_delay_days: how long parcels handed to the store's main carrier lie in its depot.
    """

    lost_channel: str | None = None
    paused_channel: str | None = None
    best_seller_blocked: bool = False
    best_seller_category_blocked: bool = False
    competitor_cut: float = 0.0
    leaked_discount: float = 0.0
    payable: float = 1.0
    bots: float = 1.0
    loads: int = 1
    carrier_delay_days: float = 0.0


@dataclass(frozen=True)
class Expectation:
    """A KPI that must show the incident, or (direction `flat`) must not."""

    kpi: str
    direction: str
    dimension: str = "all"
    member: str = "all"


@dataclass(frozen=True)
class IncidentKind:
    """A named kind of incident.

    Attributes:
        what: one sentence for people.
        days: how long it lasts by default.
    """

    what: str
    days: int
    effects: Effects
    expected: tuple[Expectation, ...] = field(default=())


def _expect(*directions: str) -> tuple[Expectation, ...]:
    """Read `paid_orders:down` or `sessions:down:channel:paid_search`."""
    parts = [entry.split(":") for entry in directions]
    return tuple(Expectation(*part) for part in parts)


KINDS: Mapping[str, IncidentKind] = {
    "tracking_broken": IncidentKind(
        "The tag of paid search stops firing: its events are lost while its orders go on.",
        1,
        Effects(lost_channel="paid_search"),
        _expect(
            "sessions:down:channel:paid_search",
            "visitors:down:channel:paid_search",
            "sessions:down",
            "visitors:down",
            "payment_conversion:up",
            "paid_orders:flat",
            "paid_gmv:flat",
        ),
    ),
    "hero_out_of_stock": IncidentKind(
        "Every SKU of the best-selling style is blocked in all warehouses.",
        4,
        Effects(best_seller_blocked=True),
        _expect(
            "out_of_stock_rate:up",
            "units_sold:down",
            "units_sold:down:category:electronics",
            "gross_sales:down",
            "paid_orders:down",
            "payment_conversion:down",
            "sessions:flat",
        ),
    ),
    "hero_recalled": IncidentKind(
        "A recall: the best-selling style and all of its category are blocked in all warehouses.",
        4,
        Effects(best_seller_blocked=True, best_seller_category_blocked=True),
        _expect(
            "out_of_stock_rate:up",
            "units_sold:down",
            "units_sold:down:category:electronics",
            "gross_sales:down",
            "paid_orders:down",
            "payment_conversion:down",
            "sessions:flat",
        ),
    ),
    "competitor_price_war": IncidentKind(
        "All competitors cut the prices of what sells best here by 30 %.",
        4,
        Effects(competitor_cut=0.30),
        _expect(
            "price_index:up",
            "payment_conversion:down",
            "paid_orders:down",
            "gross_sales:down",
            "sessions:flat",
        ),
    ),
    "coupon_leak": IncidentKind(
        "A staff coupon of 40 % is passed around; many who see it buy.",
        1,
        Effects(leaked_discount=0.40),
        _expect("paid_orders:up", "payment_conversion:up", "aov:down"),
    ),
    "duplicate_load": IncidentKind(
        "The day's log files are written twice; its orders are loaded again under the same keys.",
        1,
        Effects(loads=2),
        _expect("sessions:flat", "visitors:flat", "paid_orders:flat", "paid_gmv:flat"),
    ),
    "payment_outage": IncidentKind(
        "The payment provider is down: orders are placed, nearly none is paid.",
        1,
        Effects(payable=0.08),
        _expect("paid_orders:down", "paid_gmv:down", "payment_conversion:down", "sessions:flat"),
    ),
    "ads_paused": IncidentKind(
        "A card is declined: the advertisements of paid search are not shown.",
        2,
        Effects(paused_channel="paid_search"),
        _expect(
            "ad_spend:down",
            "sessions:down:channel:paid_search",
            "visitors:down:channel:paid_search",
            "sessions:down",
            "visitors:down",
            "paid_orders:down",
        ),
    ),
    "carrier_delay": IncidentKind(
        "The depot of the main carrier is stuck: parcels handed over lie there for days.",
        3,
        Effects(carrier_delay_days=5.0),
        _expect("on_time_delivery_rate:down", "sessions:flat", "paid_gmv:flat"),
    ),
    "bot_wave": IncidentKind(
        "Scrapers visit twenty times as often as usual, with user agents that name them.",
        1,
        Effects(bots=20.0),
        _expect("sessions:flat", "visitors:flat", "payment_conversion:flat", "paid_orders:flat"),
    ),
}


@dataclass(frozen=True)
class Incident:
    """A kind of incident that strikes one store for some of its local days."""

    name: str
    first_day: date
    store: str
    days: int

    @classmethod
    def parse(cls, text: str) -> "Incident":
        """Read `name@YYYY-MM-DD:store[:days]`.

        Raises:
            WorldInvalid: it does not read so, or name or store are unknown.
        """
        match = re.fullmatch(r"(\w+)@(\d{4}-\d\d-\d\d):(\w+)(?::([1-9]\d*))?", text)
        if match is None:
            raise WorldInvalid(
                f"an incident reads name@YYYY-MM-DD:store[:days], got {text!r}; "
                f"for instance bot_wave@2026-11-05:us_site:2"
            )
        name, day, store, days = match.groups()
        if name not in KINDS:
            raise WorldInvalid(f"there is no incident {name!r}; there are {', '.join(KINDS)}")
        length = int(days) if days else KINDS[name].days
        return cls(name, date.fromisoformat(day), store_named(store).code, length)

    @property
    def last_day(self) -> date:
        """The last local day it strikes."""
        return self.first_day + timedelta(days=self.days - 1)

    def __str__(self) -> str:
        return f"{self.name}@{self.first_day.isoformat()}:{self.store}:{self.days}"


DEMO_INCIDENTS = (
    Incident.parse("tracking_broken@2026-11-22:us_site"),
    # So soon after Singles' Day, a style alone would not stand out from the season's ups and downs.
    Incident.parse("hero_recalled@2026-11-20:cn_market"),
    Incident.parse("competitor_price_war@2026-11-21:eu_shop"),
)


def effects_on(incidents: Sequence[Incident], store: str, day: date) -> Effects:
    """All effects on a store's local day; of the same effect the later incident counts."""
    found: dict[str, Any] = {}
    ordinary = asdict(Effects())
    for incident in incidents:
        if incident.store == store and incident.first_day <= day <= incident.last_day:
            effects = asdict(KINDS[incident.name].effects)
            found |= {name: value for name, value in effects.items() if value != ordinary[name]}
    return Effects(**found)


def truth_of(incident: Incident, blocked: Sequence[str]) -> dict[str, Any]:
    """The entry of one incident in `truth.json`.

    Args:
        incident: what was injected.
        blocked: SKUs that it blocks in the store.
    """
    kind = KINDS[incident.name]
    zone = store_named(incident.store).tz_name
    ordinary = asdict(Effects())
    changed = {k: v for k, v in asdict(kind.effects).items() if v != ordinary[k]}
    if blocked:
        changed["skus"] = list(blocked)
    return {
        "name": incident.name,
        "store": incident.store,
        "first_day": incident.first_day.isoformat(),
        "last_day": incident.last_day.isoformat(),
        "start": iso(local_midnight(zone, incident.first_day)),
        "end": iso(local_midnight(zone, incident.last_day + timedelta(days=1))),
        "what": kind.what,
        "changed": changed,
        "expected": [asdict(expectation) for expectation in kind.expected],
    }
