"""Simulates one store day by day, from the beginning of history to the simulator's clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from shop_simulator.clock import NEVER, days_between, from_ms, local_day_of, local_midnight
from shop_simulator.columns import Columns, stacked
from shop_simulator.columns import taken as chosen
from shop_simulator.goods.ledger import set_free_ms, stock_ledger
from shop_simulator.goods.stock import Shelves, daily_rate
from shop_simulator.randomness import Bools, Floats, Ints
from shop_simulator.selling.ad_budgets import daily_budgets
from shop_simulator.selling.baskets import Baskets, fill_baskets
from shop_simulator.selling.demand import Scene, Sessions, expected_orders, visits
from shop_simulator.selling.lifecycle import confirm, pay_and_ship
from shop_simulator.selling.orders import DayOrders, average_discount, take_orders
from shop_simulator.selling.page_events import Deliveries, Events, deliver, record_events
from shop_simulator.selling.parcels import Jam, pack_parcels
from shop_simulator.selling.refunds import refund_slips
from shop_simulator.setting.calendar import (
    Occasion,
    occasions,
    promotion_on,
    traffic_and_conversion,
)
from shop_simulator.setting.catalogue import (
    SKU_COUNT,
    Assortment,
    Price,
    assortment_of,
    price_changes,
    prices_by_day,
    season_of,
)
from shop_simulator.setting.competitors import CompetitorPrices, appeal, competitor_prices_of
from shop_simulator.setting.experiments import experiments_on, exposures
from shop_simulator.setting.incidents import KINDS, Effects, Incident, effects_on
from shop_simulator.setting.stores import Store

# Units per order, to estimate what to order from suppliers.
_UNITS_PER_ORDER = 1.75
_LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class Plan:
    """The arguments of a world.

    Attributes:
        start_ms: the beginning of history; nothing is recorded before.
        until_ms: the simulator's clock; nothing of it or later is visible.
        scale: of traffic; 1 is about sixty orders per store and day.
    """

    start_ms: int
    until_ms: int
    seed: int
    scale: float
    incidents: tuple[Incident, ...]

    @property
    def utc_days(self) -> list[date]:
        """Every UTC day the history touches, and the one after it."""
        last = from_ms(self.until_ms - 1).date() + timedelta(days=1)
        return days_between(from_ms(self.start_ms).date() - timedelta(days=1), last)

    def local_days(self, store: Store) -> list[date]:
        """Every local day of a store the history touches."""
        first = local_day_of(store.tz_name, self.start_ms)
        return days_between(first, local_day_of(store.tz_name, self.until_ms - 1))


@dataclass(frozen=True)
class StoreDay:
    """One simulated local day of a store, with everything that will happen to its orders."""

    scene: Scene
    sessions: Sessions
    baskets: Baskets
    events: Events
    deliveries: Deliveries
    taken: DayOrders
    parcels: Columns
    refunds: Columns


class StoreHistory:
    """A store from its first simulated day on; days must be simulated in order, once.

    Args:
        plan: of the world.
        store: the one to simulate.
    """

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan = plan
        self.store = store
        self.days = plan.local_days(store)
        self.entries: Sequence[Occasion] = occasions(
            self.days[0] - timedelta(days=10), self.days[-1] + timedelta(days=60)
        )
        self._goods: list[Columns] = []
        self._exposures: list[Columns] = []
        first = self._scene(0)
        rate = daily_rate(expected_orders(first) * _UNITS_PER_ORDER, first.wanted)
        self._shelves = Shelves(plan.seed, store.code, rate)

    @cached_property
    def assortment(self) -> Assortment:
        """What the store sells."""
        return assortment_of(self.plan.seed, self.store)

    @cached_property
    def price_changes(self) -> list[Price]:
        """Its re-pricings after the first day."""
        return price_changes(self.plan.seed, self.assortment, self.days[1:])

    @cached_property
    def competitor_prices(self) -> CompetitorPrices:
        """Its competitors' prices, by the plan's UTC days."""
        return competitor_prices_of(
            self.plan.seed, self.assortment, self.plan.utc_days, self.entries, self.plan.incidents
        )

    @cached_property
    def _prices(self) -> Ints:
        return prices_by_day(self.assortment, self.price_changes, self.days)

    @cached_property
    def _jams(self) -> list[Jam]:
        """Times in which the main carrier's parcels are stuck."""
        zone = self.store.tz_name
        return [
            Jam(
                first_ms=local_midnight(zone, incident.first_day),
                end_ms=local_midnight(zone, incident.last_day + timedelta(days=1)),
                days=KINDS[incident.name].effects.carrier_delay_days,
            )
            for incident in self.plan.incidents
            if incident.store == self.store.code and KINDS[incident.name].effects.carrier_delay_days
        ]

    def simulate(self) -> Iterator[StoreDay]:
        """Simulate all days, in order."""
        for offset in range(len(self.days)):
            yield self._simulate_day(offset)

    def ledger(self) -> pd.DataFrame:
        """The stock ledger of all simulated days; see `goods.ledger.stock_ledger`."""
        blocked = {
            day: skus
            for day in self.days
            if len(skus := self.assortment.blocked_skus(self._effects(day)))
        }
        return stock_ledger(
            self.assortment, self.days, self._shelves, stacked(self._goods), blocked
        )

    def purchases(self) -> Columns:
        """All orders to suppliers on the simulated days; see `OrderBook.lines`."""
        return self._shelves.purchases.lines()

    def exposures(self) -> list[Columns]:
        """Who was shown an experiment on the simulated days; see `setting.experiments`."""
        return self._exposures

    def _simulate_day(self, offset: int) -> StoreDay:
        scene = self._scene(offset)
        self._shelves.open_day(scene.day)
        sessions = _from(visits(scene), self.plan.start_ms)
        baskets = fill_baskets(scene, sessions, self._shelves)
        events = record_events(scene, sessions, baskets)
        taken = take_orders(scene, self.assortment, sessions, baskets, events)
        running = experiments_on(self.store.code, scene.day)
        self._exposures += exposures(running, sessions.visitor, sessions.start_ms, sessions.is_bot)
        pay_and_ship(scene, self.entries, taken.orders)
        parcels = pack_parcels(scene, taken.orders, taken.lines, self._jams)
        confirm(scene, taken.orders, parcels)
        self._book(taken, parcels)
        self._shelves.close_day(scene.day, self._coming_rate(offset), self._supplied(offset))
        return StoreDay(
            scene=scene,
            sessions=sessions,
            baskets=baskets,
            events=events,
            deliveries=deliver(scene, sessions, events),
            taken=taken,
            parcels=parcels,
            refunds=refund_slips(scene, taken.orders, taken.lines, parcels),
        )

    def _scene(self, offset: int) -> Scene:
        day = self.days[offset]
        effects = self._effects(day)
        traffic, conversion = traffic_and_conversion(self.entries, self.store.code, day)
        scene = Scene(
            seed=self.plan.seed,
            store=self.store,
            day=day,
            scale=self.plan.scale,
            traffic=traffic,
            conversion=conversion,
            promotion=promotion_on(self.entries, self.store.code, day),
            effects=effects,
            wanted=self._wanted(offset),
            appeal=np.ones(SKU_COUNT),
            price_cents=self._prices[offset],
            blocked=self.assortment.blocked_skus(effects),
            ad_budgets=daily_budgets(self.store, self.plan.scale, day),
        )
        asked = self._prices[offset] * (1 - average_discount(scene))
        lowest = self.competitor_prices.lowest(self.plan.utc_days.index(day))
        return replace(scene, appeal=appeal(asked.astype(np.int64), lowest))

    def _effects(self, day: date) -> Effects:
        return effects_on(self.plan.incidents, self.store.code, day)

    def _wanted(self, offset: int) -> Floats:
        day = self.days[offset]
        return self.assortment.popularity * season_of(day) * self.assortment.on_shelf(offset)

    def _supplied(self, offset: int) -> Bools:
        on_shelf: Bools = self.assortment.on_shelf(offset + _LOOK_AHEAD_DAYS) > 0
        return on_shelf

    def _coming_rate(self, offset: int) -> Floats:
        """Units per day to expect in the coming two weeks; buyers know the calendar."""
        day = self.days[offset]
        ahead = [
            np.prod(traffic_and_conversion(self.entries, self.store.code, day + timedelta(days=n)))
            for n in range(1, _LOOK_AHEAD_DAYS + 1)
        ]
        scene = self._scene(offset)
        usual = expected_orders(replace(scene, traffic=1.0, conversion=1.0))
        wanted = self.assortment.popularity * season_of(day)
        wanted = wanted * self.assortment.on_shelf(offset + _LOOK_AHEAD_DAYS)
        return daily_rate(float(usual * np.mean(ahead)) * _UNITS_PER_ORDER, wanted)

    def _book(self, taken: DayOrders, parcels: Columns) -> None:
        """Add the day's goods to the stock ledger and release what will be cancelled."""
        goods = chosen(taken.lines, taken.lines["line_type"] == "goods")
        order = chosen(taken.orders, goods["order"])
        shipped = parcels["shipped_ms"][goods["parcel"]]
        freed = set_free_ms(self.store, order["cancelled_ms"], shipped)
        booked = {name: goods[name] for name in ("location", "qty", "placed_ms")}
        self._goods.append(booked | {"shipped_ms": shipped, "freed_ms": freed})
        back = freed < NEVER
        days = [local_day_of(self.store.tz_name, at) for at in freed[back].tolist()]
        self._shelves.release(
            goods["location"][back],
            goods["qty"][back],
            np.array([day.toordinal() for day in days], dtype=np.int64),
        )


def _from(sessions: Sessions, start_ms: int) -> Sessions:
    """Leave out visits before the beginning of history."""
    if len(sessions.start_ms) == 0 or sessions.start_ms[0] >= start_ms:
        return sessions
    kept = sessions.start_ms >= start_ms
    return Sessions(**{f.name: getattr(sessions, f.name)[kept] for f in fields(Sessions)})
