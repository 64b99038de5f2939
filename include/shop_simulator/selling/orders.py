"""What a day's buyers order and what it costs them; money is in cents of the store's currency."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shop_simulator.columns import Columns, named, rows_in, same, stacked, taken, texts
from shop_simulator.randomness import Bools, Floats, Ints, opaque
from shop_simulator.selling.baskets import Baskets
from shop_simulator.selling.demand import Scene, Sessions
from shop_simulator.selling.page_events import PURCHASE, Events
from shop_simulator.setting.catalogue import (
    CATEGORIES,
    SKU_COUNT,
    VARIANTS,
    Assortment,
    sku_categories,
    sku_codes,
)
from shop_simulator.setting.stores import DEVICES, Store

_TEST_SHARE = 0.003
_WELCOME_SHARE, _WELCOME_RATE = 0.12, 0.10
_PLATFORM_SHARE, _PLATFORM_RATE = 0.15, 0.03
_PROMOTION_USE = 0.75
_LEAK_USE = 0.60
_MARKDOWN_SHARE, _MARKDOWN_RATE = 0.05, 0.08
_VOUCHER_SALE_SHARE, _VOUCHER_USE_SHARE, _VOUCHER_CENTS = 0.012, 0.03, 5_000
_COD_FEE_CENTS = 300
_CUSTOMER_SALT = 0x5EED


@dataclass(frozen=True)
class DayOrders:
    """A day's orders and their lines, before anything has happened to them.

    Attributes:
        orders: one row per order, by time of its session; `session` is that session's position.
        lines: one row per line; `order` is the order's position, `sku` -1 for what is not goods.
    """

    orders: Columns
    lines: Columns

    @property
    def count(self) -> int:
        """How many orders there are."""
        return rows_in(self.orders)


def take_orders(
    scene: Scene,
    assortment: Assortment,
    sessions: Sessions,
    baskets: Baskets,
    events: Events,
) -> DayOrders:
    """Record what was bought on a day."""
    rng = scene.stream("orders")
    purchase = events.kind == PURCHASE
    session = events.session[purchase]
    orders = _who_and_how(scene, rng, sessions, session)
    orders["placed_ms"] = events.happened_ms[purchase]
    goods = _goods_lines(scene, rng, assortment, baskets, session)
    _add_discounts(scene, rng, orders, goods)
    _add_charges(scene, rng, orders)
    lines = stacked([goods, *_other_lines(orders)])
    lines = taken(lines, np.argsort(lines["order"], kind="stable"))
    order = lines["order"]
    lines["line_no"] = np.arange(len(order)) - np.searchsorted(order, order) + 1
    for name in ("order_no", "placed_ms"):
        lines[name] = orders[name][order]
    return DayOrders(orders, lines)


def customer_ids(visitor: Ints) -> list[str]:
    """The account of each visitor, for those who have one."""
    return [f"B{text}" for text in opaque(visitor, _CUSTOMER_SALT)]


def _who_and_how(
    scene: Scene, rng: np.random.Generator, sessions: Sessions, session: Ints
) -> Columns:
    store, count = scene.store, len(session)
    guest = rng.random(count) < store.guest_share
    pays_on_delivery = rng.random(count) < store.cod_share
    accounts = customer_ids(sessions.visitor[session])
    prefix = f"{store.order_prefix}{scene.day:%y%m%d}"
    return {
        "order_no": texts([f"{prefix}{number:05d}" for number in range(1, count + 1)]),
        "session": session,
        "buyer_no": _unless(guest, accounts),
        "src_channel": named(list(store.channels), sessions.channel[session]),
        "campaign_code": texts(campaign_codes(store, sessions, session)),
        "device_type": named(DEVICES, sessions.device[session]),
        "pay_method": named(("online", "cod"), pays_on_delivery.astype(np.int64)),
        "test_order": (rng.random(count) < _TEST_SHARE).astype(np.int64),
        "ccy": same(store.currency, count),
    }


def campaign_codes(store: Store, sessions: Sessions, session: Ints) -> list[str | None]:
    """The campaign of each of the given sessions; None without one."""
    campaigns = [channel.campaigns for channel in store.channels.values()]
    pairs = zip(
        sessions.channel[session].tolist(), sessions.campaign[session].tolist(), strict=True
    )
    return [campaigns[channel][code] if code >= 0 else None for channel, code in pairs]


def _unless(absent: Bools, known: Sequence[str]) -> npt.NDArray[np.object_]:
    column = texts(known)
    column[absent] = None
    return column


def _goods_lines(
    scene: Scene,
    rng: np.random.Generator,
    assortment: Assortment,
    baskets: Baskets,
    session: Ints,
) -> Columns:
    sku = baskets.sku
    price = scene.price_cents[sku]
    marked_down = rng.random(len(sku)) < _MARKDOWN_SHARE
    rate = np.where(marked_down, _MARKDOWN_RATE, 0.0)
    if scene.promotion is not None and scene.promotion.markdown:
        # Every other style takes part.
        rate = np.where(sku // VARIANTS % 2 == 0, scene.promotion.markdown, rate)
    return {
        "order": np.searchsorted(session, baskets.session),
        "line_type": same("goods", len(sku)),
        "sku": sku,
        "item_no": named(sku_codes(), sku),
        "cat": named(CATEGORIES, sku_categories()[sku]),
        "qty": baskets.quantity,
        "unit_price": price,
        "msrp": assortment.msrp_cents[sku],
        "line_discount": np.round(price * baskets.quantity * rate).astype(np.int64),
        "cost": assortment.cost_cents[sku],
        "location": baskets.warehouse * SKU_COUNT + sku,
    }


def _add_discounts(scene: Scene, rng: np.random.Generator, orders: Columns, goods: Columns) -> None:
    count = rows_in(orders)
    gross = goods["qty"] * goods["unit_price"]
    orders["goods_total"] = np.bincount(goods["order"], gross, count).astype(np.int64)
    marked_down = np.bincount(goods["order"], goods["line_discount"], count)
    orders["marked_down"] = marked_down.astype(np.int64)
    net = orders["goods_total"] - orders["marked_down"]
    code, share, shop_rate, platform_rate = _coupon(scene)
    uses = rng.random(count) < share
    orders["coupon"] = _unless(~uses, [code] * count)
    orders["shop_discount"] = _part(net, np.where(uses, shop_rate, 0.0))
    from_platform = np.where(uses, platform_rate, 0.0)
    if scene.store.channel_type == "marketplace":
        subsidised = rng.random(count) < _PLATFORM_SHARE
        from_platform = np.maximum(from_platform, np.where(subsidised, _PLATFORM_RATE, 0.0))
    orders["platform_discount"] = _part(net, from_platform)


def _coupon(scene: Scene) -> tuple[str, float, float, float]:
    """The coupon of the day: its code, who uses it, the shop's and the platform's rate."""
    if scene.effects.leaked_discount:
        return "STAFF40", _LEAK_USE, scene.effects.leaked_discount, 0.0
    promotion = scene.promotion
    if promotion is not None and promotion.coupon is not None:
        return (
            promotion.coupon,
            _PROMOTION_USE,
            promotion.shop_discount,
            promotion.platform_discount,
        )
    return "WELCOME10", _WELCOME_SHARE, _WELCOME_RATE, 0.0


def average_discount(scene: Scene) -> float:
    """The share of the price a buyer can expect to save on the day of the scene."""
    _, share, shop_rate, platform_rate = _coupon(scene)
    markdown = scene.promotion.markdown / 2 if scene.promotion is not None else 0.0
    return share * (shop_rate + platform_rate) + markdown


def _add_charges(scene: Scene, rng: np.random.Generator, orders: Columns) -> None:
    store, count = scene.store, rows_in(orders)
    net = orders["goods_total"] - orders["marked_down"]
    net = net - orders["shop_discount"] - orders["platform_discount"]
    own_site = store.channel_type == "own_site"
    orders["freight"] = np.where(net < store.free_freight_from_cents, store.freight_cents, 0)
    orders["tax_total"] = _part(net, np.full(count, store.tax_rate))
    orders["fees"] = np.where(orders["pay_method"] == "cod", _COD_FEE_CENTS, 0)
    buys_voucher = own_site & (rng.random(count) < _VOUCHER_SALE_SHARE)
    orders["vouchers"] = np.where(buys_voucher, _VOUCHER_CENTS, 0)
    charges = sum(orders[name] for name in ("freight", "tax_total", "fees", "vouchers"))
    has_voucher = own_site & (rng.random(count) < _VOUCHER_USE_SHARE)
    orders["gift_card"] = np.where(has_voucher, np.minimum(_VOUCHER_CENTS, net), 0)
    orders["due"] = net + charges - orders["gift_card"]


def _part(cents: Ints, rate: Floats) -> Ints:
    return np.floor(cents * rate + 0.5).astype(np.int64)


def _other_lines(orders: Columns) -> list[Columns]:
    """Lines of what is charged but not goods: freight, fees, gift vouchers sold."""
    kinds = (
        ("shipping", "freight", "FREIGHT"),
        ("gift_card", "vouchers", "VOUCHER50"),
        ("fee", "fees", "COD-FEE"),
    )
    return [_charge_lines(orders, *kind) for kind in kinds]


def _charge_lines(orders: Columns, line_type: str, amount: str, item_no: str) -> Columns:
    order = np.flatnonzero(orders[amount] > 0)
    count, charged = len(order), orders[amount][order]
    return {
        "order": order,
        "line_type": same(line_type, count),
        "sku": same(-1, count),
        "item_no": same(item_no, count),
        "cat": texts([None] * count),
        "qty": same(1, count),
        "unit_price": charged,
        "msrp": charged,
        "line_discount": same(0, count),
        "cost": same(0, count),
        "location": same(-1, count),
    }
