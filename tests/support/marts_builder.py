"""Small marts with the columns the warehouse promises, for tests of everything after them.

A `Shop` is a calm store with weekday effects; a test breaks it in one named way
(`tracking_broken`, `stock_out`, `price_war`, …) and writes it with `write_marts`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

FIRST_DAY = date(2026, 8, 31)
WEEKDAY = np.array([1.0, 0.97, 0.96, 1.0, 1.08, 1.2, 1.15])
CHANNELS = {
    "organic_search": 0.3,
    "paid_search": 0.28,
    "social": 0.18,
    "direct": 0.16,
    "email": 0.08,
}
CATEGORIES = {"kitchen": 0.34, "home": 0.26, "outdoor": 0.16, "beauty": 0.14, "toys": 0.1}
SKUS_PER_CATEGORY = 4

SCHEMA = {
    "dim_stores": "store_id varchar, store_name varchar, platform varchar, timezone varchar, "
    "currency varchar, source_name varchar, opened_at timestamp",
    "dim_products": "product_key varchar, store_id varchar, sku varchar, spu varchar, "
    "product_name varchar, category varchar, brand varchar, status varchar, currency varchar, "
    "list_price decimal(18,2), price decimal(18,2), unit_cost decimal(18,2), "
    "listed_at timestamp, delisted_at timestamp",
    "dim_calendar": "calendar_date date, weekday integer, week_start date, month_start date, "
    "is_weekend boolean",
    "dim_calendar_events": "event_id varchar, kind varchar, name_en varchar, name_zh varchar, "
    "starts_on date, ends_on date, store_id varchar",
    "dim_kpis": "kpi varchar, area varchar, code varchar, name_en varchar, name_zh varchar, "
    "unit varchar, direction varchar, kpi_kind varchar, numerator varchar, denominator varchar, "
    "grain varchar, feeds varchar, "
    "min_denominator double, mature_after_days integer, description_en varchar, "
    "description_zh varchar, owner varchar, definition_version integer, valid_from date, "
    "alerts varchar, stage varchar, date_basis varchar, why varchar",
    "fct_orders": "order_key varchar, store_id varchar, order_id varchar, customer_id varchar, "
    "channel varchar, campaign_id varchar, device varchar, status varchar, pay_type varchar, "
    "coupon_code varchar, cancelled_by varchar, currency varchar, goods_amount decimal(18,2), "
    "discount_merchant decimal(18,2), discount_platform decimal(18,2), "
    "shipping_charged decimal(18,2), tax decimal(18,2), gift_card_amount decimal(18,2), "
    "deposit_amount decimal(18,2), paid_amount decimal(18,2), "
    "paid_amount_reporting decimal(18,2), is_presale boolean, is_test boolean, "
    "is_valid_order boolean, is_paid boolean, invalid_reason varchar, created_at timestamp, "
    "paid_at timestamp, cancelled_at timestamp, confirmed_at timestamp, order_date date, "
    "paid_date date, event_date date",
    "fct_order_lines": "order_line_key varchar, order_key varchar, store_id varchar, "
    "order_id varchar, order_line_id varchar, sku varchar, category varchar, channel varchar, "
    "line_kind varchar, currency varchar, quantity bigint, unit_price decimal(18,4), "
    "list_price decimal(18,2), line_discount decimal(18,2), unit_cost decimal(18,2), "
    "gross_amount decimal(18,2), discount_amount decimal(18,2), is_goods boolean, "
    "is_valid_order boolean, is_paid boolean, order_date date, paid_date date, event_date date",
    "fct_refunds": "refund_key varchar, store_id varchar, refund_id varchar, order_key varchar, "
    "order_id varchar, sku varchar, category varchar, channel varchar, refund_kind varchar, "
    "reason_code varchar, status varchar, currency varchar, quantity bigint, "
    "goods_amount decimal(18,2), tax decimal(18,2), shipping_refund decimal(18,2), "
    "goods_amount_reporting decimal(18,2), is_goods boolean, is_order_known boolean, "
    "is_counted boolean, requested_at timestamp, "
    "refunded_at timestamp, requested_date date, refund_date date, event_date date",
    "fct_sessions": "session_key varchar, store_id varchar, session_id varchar, "
    "visitor_id varchar, channel varchar, campaign_id varchar, device varchar, "
    "started_at timestamp, ended_at timestamp, session_date date, page_views bigint, "
    "product_views bigint, has_cart boolean, has_checkout boolean, has_purchase boolean, "
    "is_bounced boolean, is_bot boolean, event_date date",
    "fct_stock_daily": "stock_key varchar, store_id varchar, sku varchar, category varchar, "
    "business_date date, on_hand bigint, reserved bigint, available bigint, in_transit bigint, "
    "stock_value decimal(18,2), is_live boolean, is_out_of_stock boolean, event_date date",
    "fct_competitor_prices": "price_key varchar, store_id varchar, sku varchar, "
    "competitor varchar, competitor_sku varchar, category varchar, capture_date date, "
    "competitor_price decimal(18,2), competitor_list_price decimal(18,2), is_in_stock boolean, "
    "own_price decimal(18,2), price_ratio double, currency varchar, captured_at timestamp, "
    "event_date date",
    "fct_kpi_readiness": "readiness_key varchar, store_id varchar, kpi varchar, kpi_date date, "
    "status varchar, status_reason varchar, feed varchar, status_since timestamp, "
    "rows_refused bigint, amount_refused decimal(18,2)",
    "fct_feed_coverage": "feed varchar, source_name varchar, covered_from timestamp, "
    "complete_until timestamp",
    "fct_feed_daily": "feed_day_key varchar, store_id varchar, feed varchar, currency varchar, "
    "business_date date, is_whole boolean, rows_accepted bigint, rows_quarantined bigint, "
    "amount_refused decimal(18,2), rows_expected decimal(18,2), lag_hours decimal(12,2)",
    "fct_kpi_daily": "kpi_date date, kpi varchar, store_id varchar, dimension varchar, "
    "member varchar, numerator decimal(24,4), denominator decimal(24,4), value double, "
    "missing_reason varchar, currency varchar",
}

# kpi: name_en, name_zh, unit, direction, kind, feeds, min_denominator
KPIS: dict[str, tuple[str, str, str, str, str, str, float | None]] = {
    "paid_orders": ("Paid orders", "支付订单数", "count", "up", "sum", "orders", None),
    "paid_gmv": ("Paid GMV", "支付金额", "money", "up", "sum", "orders", None),
    "gross_sales": ("Gross sales", "销售总额", "money", "up", "sum", "orders,order_lines", None),
    "net_sales": (
        "Net sales",
        "净销售额",
        "money",
        "up",
        "sum",
        "orders,order_lines,refunds",
        None,
    ),
    "refund_value": ("Refunds", "退款金额", "money", "down", "sum", "refunds", None),
    "units_sold": ("Units sold", "销售件数", "count", "up", "sum", "orders,order_lines", None),
    "sessions": ("Sessions", "访问次数", "count", "up", "sum", "traffic", None),
    "visitors": ("Visitors", "访客数", "count", "up", "distinct", "traffic", None),
    "payment_conversion": (
        "Payment conversion",
        "支付转化率",
        "ratio",
        "up",
        "ratio",
        "orders,traffic",
        100.0,
    ),
    "aov": ("Average order value", "客单价", "money", "band", "ratio", "orders", 20.0),
    "out_of_stock_rate": (
        "Out-of-stock rate",
        "缺货率",
        "ratio",
        "down",
        "ratio",
        "inventory",
        5.0,
    ),
    "price_index": (
        "Price index",
        "价格指数",
        "index",
        "band",
        "ratio",
        "competitor_prices,products",
        5.0,
    ),
}


@dataclass
class Shop:
    """One calm store: arrays of one number per day, sliced by channel or category."""

    store_id: str = "us_site"
    store_name: str = "US site"
    timezone: str = "America/New_York"
    currency: str = "USD"
    days: int = 84
    sessions_a_day: float = 2000.0
    conversion: float = 0.03
    order_value: float = 48.0
    first_day: date = FIRST_DAY
    seed: int = 7
    events: list[tuple[str, str, str, str, date, date]] = field(default_factory=list)
    sessions: dict[str, np.ndarray] = field(default_factory=dict)
    orders: dict[str, np.ndarray] = field(default_factory=dict)
    category_share: dict[str, np.ndarray] = field(default_factory=dict)
    value_factor: np.ndarray = field(default_factory=lambda: np.ones(0))
    refund_rate: np.ndarray = field(default_factory=lambda: np.ones(0))
    stockouts: dict[str, np.ndarray] = field(default_factory=dict)
    price_ratio: dict[str, np.ndarray] = field(default_factory=dict)
    out_of_stock_skus: dict[str, int] = field(default_factory=dict)
    loaded_twice: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        draw = np.random.default_rng(self.seed)
        weekday = WEEKDAY[(self.first_day.weekday() + np.arange(self.days)) % 7]
        mood = np.exp(draw.normal(0, 0.04, self.days))
        for channel, share in CHANNELS.items():
            mean = self.sessions_a_day * share * weekday * mood
            self.sessions[channel] = draw.poisson(mean * np.exp(draw.normal(0, 0.03, self.days)))
            self.orders[channel] = draw.poisson(self.sessions[channel] * self.conversion)
        for category, share in CATEGORIES.items():
            self.category_share[category] = share * np.exp(draw.normal(0, 0.05, self.days))
            self.stockouts[category] = draw.binomial(1, 0.1, self.days).astype(float)
            self.price_ratio[category] = np.exp(draw.normal(0, 0.012, self.days))
        self.value_factor = np.exp(draw.normal(0, 0.05, self.days))
        self.refund_rate = np.exp(draw.normal(np.log(0.06), 0.25, self.days))

    def at(self, day: date) -> int:
        """The position of a day in this shop's arrays."""
        return (day - self.first_day).days

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    def promotion(self, first: date, last: date, lift: float, name: str = "Autumn sale") -> None:
        """Lift traffic and orders on days that the calendar knows."""
        self.events.append((f"E{len(self.events)}", "promo", name, "秋季大促", first, last))
        for position in range(self.at(first), self.at(last) + 1):
            for channel in self.sessions:
                self.sessions[channel][position] = self.sessions[channel][position] * lift
                self.orders[channel][position] = self.orders[channel][position] * lift * 1.1

    def tracking_broken(self, day: date, channel: str) -> None:
        """Lose every session of one channel while its orders go on."""
        self.sessions[channel][self.at(day)] = 0

    def orders_lost(self, day: date, channel: str, share: float) -> None:
        """Lose a share of one channel's orders."""
        self.orders[channel][self.at(day)] *= 1 - share

    def stock_out(self, day: date, category: str, lost: float = 0.8) -> None:
        """Take the best seller of a category out of stock; its category loses most orders."""
        position = self.at(day)
        self.out_of_stock_skus[f"{category}-0"] = position
        self.stockouts[category][position] = SKUS_PER_CATEGORY - 1
        share = self.category_share[category][position]
        for channel in self.orders:
            self.orders[channel][position] *= 1 - share * lost
        self.category_share[category][position] *= 1 - lost

    def price_war(self, day: date, cut: float = 0.15, conversion_lost: float = 0.35) -> None:
        """Competitors cut prices; fewer visitors buy here."""
        position = self.at(day)
        for category in self.price_ratio:
            self.price_ratio[category][position] /= 1 - cut
        for channel in self.orders:
            self.orders[channel][position] *= 1 - conversion_lost

    def duplicate_load(self, day: date) -> None:
        """Have every order of a day twice."""
        self.loaded_twice.add(self.at(day))
        self.refund_rate[self.at(day)] /= 2
        for channel in self.orders:
            self.orders[channel][self.at(day)] *= 2

    def refund_wave(self, day: date, factor: float) -> None:
        """Refund many times what is usual."""
        self.refund_rate[self.at(day)] = 0.06 * factor


Row = tuple[Any, ...]


def kpi_rows(shop: Shop) -> list[Row]:
    """Every KPI of a shop for every day, total and slices, as `fct_kpi_daily` holds them."""
    rows: list[Row] = []
    for position in range(shop.days):
        day = shop.first_day + timedelta(days=position)
        for kpi, dimension, member, numerator, denominator in _day_values(shop, position):
            top = Decimal(f"{numerator:.4f}")
            bottom = None if denominator is None else Decimal(f"{denominator:.4f}")
            value = float(top) if bottom is None else (float(top / bottom) if bottom else None)
            currency = shop.currency if KPIS[kpi][2] == "money" else None
            numbers = (top, bottom, value, None if value is not None else "zero_denominator")
            rows.append((day, kpi, shop.store_id, dimension, member, *numbers, currency))
    return rows


def _day_values(shop: Shop, at: int) -> list[tuple[str, str, str, float, float | None]]:
    value = shop.order_value * shop.value_factor[at]
    values: list[tuple[str, str, str, float, float | None]] = []
    sessions = {name: float(counts[at]) for name, counts in shop.sessions.items()}
    orders = {name: float(int(counts[at])) for name, counts in shop.orders.items()}
    slices = [("all", "all", sum(sessions.values()), sum(orders.values()))]
    slices += [("channel", name, sessions[name], orders[name]) for name in sessions]
    for dimension, member, visits, bought in slices:
        values += _sales(dimension, member, bought, value, shop.refund_rate[at])
        visitors = float(int(visits * 0.86))
        values += [
            ("sessions", dimension, member, visits, None),
            ("visitors", dimension, member, visitors, None),
            ("payment_conversion", dimension, member, min(bought, visitors), visitors),
        ]
    total_orders = sum(orders.values())
    shares = {name: share[at] for name, share in shop.category_share.items()}
    for category, share in shares.items():
        bought = float(int(total_orders * share / sum(shares.values())))
        values += _sales("category", category, bought, value, shop.refund_rate[at])
    return values + _stock_and_prices(shop, at)


def _sales(
    dimension: str, member: str, orders: float, value: float, refund_rate: float
) -> list[tuple[str, str, str, float, float | None]]:
    gmv = orders * value
    return [
        ("paid_orders", dimension, member, orders, None),
        ("paid_gmv", dimension, member, gmv, None),
        ("gross_sales", dimension, member, gmv * 1.1, None),
        ("refund_value", dimension, member, gmv * refund_rate, None),
        ("net_sales", dimension, member, gmv * (1 - refund_rate), None),
        ("units_sold", dimension, member, float(int(orders * 1.4)), None),
        ("aov", dimension, member, gmv, orders),
    ]


def _stock_and_prices(shop: Shop, at: int) -> list[tuple[str, str, str, float, float | None]]:
    missing = {name: counts[at] for name, counts in shop.stockouts.items()}
    ratios = {name: ratio[at] for name, ratio in shop.price_ratio.items()}
    live = float(SKUS_PER_CATEGORY)
    values: list[tuple[str, str, str, float, float | None]] = [
        ("out_of_stock_rate", "all", "all", sum(missing.values()), live * len(missing)),
        ("price_index", "all", "all", sum(ratios.values()) * 800, 8.0 * len(ratios)),
    ]
    values += [("out_of_stock_rate", "category", name, n, live) for name, n in missing.items()]
    values += [("price_index", "category", name, r * 800, 8.0) for name, r in ratios.items()]
    return values


def fact_rows(shop: Shop, last_days: int = 35) -> dict[str, list[Row]]:
    """Orders, lines, stock and competitor prices of the last days, enough to explain from."""
    tables: dict[str, list[Row]] = {name: [] for name in SCHEMA if name.startswith("fct_")}
    draw = np.random.default_rng(shop.seed + 1)
    for position in range(max(0, shop.days - last_days), shop.days):
        _orders_of(shop, position, draw, tables)
        _stock_of(shop, position, tables)
        _prices_of(shop, position, tables)
    return tables


def _orders_of(
    shop: Shop, at: int, draw: np.random.Generator, tables: dict[str, list[Row]]
) -> None:
    day = shop.first_day + timedelta(days=at)
    categories = list(CATEGORIES)
    shares = np.array([shop.category_share[name][at] for name in categories])
    for channel, counts in shop.orders.items():
        times = 2 if at in shop.loaded_twice else 1
        for number in range(int(counts[at]) // times):
            category = categories[int(draw.choice(len(categories), p=shares / shares.sum()))]
            sku = f"{category}-{min(int(draw.geometric(0.6)) - 1, SKUS_PER_CATEGORY - 1)}"
            key = f"{shop.store_id}-{day:%m%d}-{channel}-{number}"
            placed = datetime(day.year, day.month, day.day) + timedelta(
                seconds=int(draw.integers(0, 86400))
            )
            money = Decimal(f"{shop.order_value:.2f}")
            for copy in range(times):
                tables["fct_orders"].append(
                    _order_row(shop, f"{key}-{copy}", channel, money, placed, day)
                )
            tables["fct_order_lines"].append(
                (key, key, shop.store_id, key, "1", sku, category, channel, "goods")
                + (shop.currency, 1, money, money, Decimal(0), money / 2, money, Decimal(0))
                + (True, True, True, day, day, day)
            )


def _order_row(
    shop: Shop, key: str, channel: str, money: Decimal, placed: datetime, day: date
) -> Row:
    return (
        (key, shop.store_id, key, None, channel, None, "mobile", "paid", "online", None, None)
        + (shop.currency, money, Decimal(0), Decimal(0), Decimal(5), Decimal(0), Decimal(0))
        + (Decimal(0), money, money * 7, False, False, True, True, None)
        + (placed, placed, None, None, day, day, day)
    )


def _stock_of(shop: Shop, at: int, tables: dict[str, list[Row]]) -> None:
    day = shop.first_day + timedelta(days=at)
    for category in CATEGORIES:
        for number in range(SKUS_PER_CATEGORY):
            sku = f"{category}-{number}"
            gone = at >= shop.out_of_stock_skus.get(sku, shop.days)
            left = 0 if gone else 40
            tables["fct_stock_daily"].append(
                (f"{shop.store_id}-{sku}-{day}", shop.store_id, sku, category, day)
                + (left, 0, left, 0, Decimal(left * 20), True, gone, day)
            )


def _prices_of(shop: Shop, at: int, tables: dict[str, list[Row]]) -> None:
    day = shop.first_day + timedelta(days=at)
    for category in CATEGORIES:
        ratio = float(shop.price_ratio[category][at])
        for number in range(SKUS_PER_CATEGORY):
            for competitor in ("alpha", "bravo"):
                theirs = Decimal(f"{20 / ratio:.2f}")
                tables["fct_competitor_prices"].append(
                    (f"{shop.store_id}-{category}-{number}-{competitor}-{day}", shop.store_id)
                    + (f"{category}-{number}", competitor, f"c-{number}", category, day)
                    + (theirs, Decimal(25), True, Decimal(20), ratio, shop.currency)
                    + (datetime(day.year, day.month, day.day, 12), day)
                )


def dimension_rows(shops: list[Shop], complete_until: datetime) -> dict[str, list[Row]]:
    """Stores, products, calendar, KPIs and coverage of some shops."""
    opened = datetime(2026, 1, 1)
    first, last = shops[0].first_day, max(shop.last_day for shop in shops)
    days = [first + timedelta(days=step) for step in range((last - first).days + 60)]
    feeds = ["orders", "order_lines", "refunds", "traffic", "inventory", "competitor_prices"]
    feeds += ["products", "stores", "calendar_events", "fx_rates"]
    return {
        "dim_stores": [
            (s.store_id, s.store_name, "own_site", s.timezone, s.currency, "demo_shop", opened)
            for s in shops
        ],
        "dim_products": [
            (f"{s.store_id}-{c}-{n}", s.store_id, f"{c}-{n}", f"{c}-{n}", f"{c.title()} no. {n}")
            + (c, "Nordlys", "live", s.currency, Decimal(25), Decimal(20), Decimal(9))
            + (opened, None)
            for s in shops
            for c in CATEGORIES
            for n in range(SKUS_PER_CATEGORY)
        ],
        "dim_calendar": [
            (d, d.isoweekday(), d - timedelta(days=d.weekday()), d.replace(day=1), d.weekday() > 4)
            for d in days
        ],
        "dim_calendar_events": [
            (f"{s.store_id}-{e[0]}", e[1], e[2], e[3], e[4], e[5], s.store_id)
            for s in shops
            for e in s.events
        ],
        "dim_kpis": [
            (kpi, "sales", "–", en, zh, unit, direction, kind)
            + ("n", None, "day", feeds_of, minimum, 0)
            + (f"What {en.lower()} means, in one sentence.", f"{zh}的口径说明。", "operations")
            + (1, opened.date(), "mail", "none", "kpi_date", "why not")
            for kpi, (en, zh, unit, direction, kind, feeds_of, minimum) in KPIS.items()
        ],
        "fct_feed_coverage": [
            (feed, "demo_shop", datetime(first.year, first.month, first.day), complete_until)
            for feed in feeds
        ],
    }


def write_marts(
    path: Path,
    shops: list[Shop],
    complete_until: datetime | None = None,
    facts: bool = True,
    storage: str = "v1.0.0",
) -> Path:
    """Write a DuckDB file with the schema `marts`; complete to the shops' last day by default."""
    last = max(shop.last_day for shop in shops)
    complete = complete_until or datetime(last.year, last.month, last.day) + timedelta(hours=30)
    rows = dimension_rows(shops, complete)
    for shop in shops:
        rows.setdefault("fct_kpi_daily", []).extend(kpi_rows(shop))
        if facts:
            for name, more in fact_rows(shop).items():
                rows.setdefault(name, []).extend(more)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    con = duckdb.connect()
    con.execute(f"attach '{path}' as built (storage_version '{storage}')")
    con.execute("create schema built.marts")
    for name, columns in SCHEMA.items():
        con.execute(f"create table built.marts.{name} ({columns})")
        _insert(con, f"built.marts.{name}", columns, rows.get(name, []))
    con.execute("detach built")
    con.close()
    return path


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[Row]) -> None:
    if not rows:
        return
    assert all(len(row) == len(rows[0]) for row in rows), table
    # Text keeps decimals exact and dates plain on their way into typed columns.
    given = pa.table(
        {
            f"c{number}": pa.array(
                [None if cell is None else str(cell) for cell in column], pa.string()
            )
            for number, column in enumerate(zip(*rows, strict=True))
        }
    )
    con.register("given_rows", given)
    con.execute(f"insert into {table} select * from given_rows")
    con.unregister("given_rows")
