"""What else the marts know of a store's day that bears on its incident.

Each fact has its own threshold, so that it is named only when it is notable, and each is read only
when the feed behind it is complete to the end of the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb

from storepulse.monitor.panel import Judgement
from storepulse.monitor.records import ALL, Fact, JudgedDay, SeriesKey
from storepulse.serving.catalog import Catalogue, Kpi, Store

# A fifth of the visits expected, while people go on paying, is lost tracking, not lost people.
TRACKING_LEFT = 0.2
# SKUs that bring less than this share of sales are not heroes.
HERO_SHARE = 0.03
HEROES_NAMED = 2
# Competitors round prices; a cut is at least a twentieth, on at least a fifth of what both sell.
PRICE_CUT, PRODUCTS_CUT = 0.05, 0.2
# One code on a seventh of the orders and at three times its usual share has got around.
COUPON_SHARE, COUPON_GROWTH = 0.15, 3.0
# Two orders of the same second, buyer and amount happen; a tenth of a day does not.
REPEATED_SHARE = 0.1
REFUND_KPI = "refund_value"
# One reason or product behind so much of the refunds is worth naming.
REFUND_SHARE = 0.4
DAYS_BEFORE = 28


def known_facts(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    judgement: Judgement,
    anomalies: Sequence[JudgedDay],
) -> tuple[Fact, ...]:
    """Collect what is notable about the day of these anomalies, the most telling first.

    Args:
        con: the published marts.
        catalogue: what they mean.
        judgement: the numbers and what was usual.
        anomalies: of one store and one day, belonging together; at least one.
    """
    store, day = catalogue.stores[anomalies[0].key.store_id], anomalies[0].day
    feeds = {feed for one in anomalies for feed in catalogue.kpis[one.key.kpi].feeds}

    def may_tell(*needed: str) -> bool:
        last = catalogue.last_complete_day(needed, store)
        return last is not None and last >= day

    facts: list[Fact] = []
    if "traffic" in feeds:
        facts += _lost_tracking(judgement, catalogue, store, day)
    if feeds & {"orders", "order_lines", "inventory"}:
        facts += _repeated_orders(con, store, day) if may_tell("orders") else []
        facts += _heroes_gone(con, store, day) if may_tell("inventory", "order_lines") else []
        facts += _coupons_spread(con, store, day) if may_tell("orders") else []
    if feeds & {"orders", "order_lines", "competitor_prices"} and may_tell("competitor_prices"):
        facts += _prices_cut(con, store, day)
    if _refunds_are_up(judgement, catalogue.kpis, anomalies):
        facts += _refunds_of_one_kind(con, store, day) if may_tell("refunds") else []
    return tuple(facts)


def _refunds_are_up(
    judgement: Judgement, kpis: Mapping[str, Kpi], anomalies: Sequence[JudgedDay]
) -> bool:
    """Tell whether refunds have a part in it: what they were for says nothing of other troubles."""
    counted = [one for one in anomalies if "refunds" in kpis[one.key.kpi].feeds]
    places = {(one.key.dimension, one.key.member) for one in counted}
    if places:
        places.add((ALL, ALL))
    store_id, day = anomalies[0].key.store_id, anomalies[0].day
    seen = [judgement.seen(SeriesKey(store_id, REFUND_KPI, *place), day) for place in places]
    return any(one is not None and one.value > one.upper for one in seen)


def _lost_tracking(
    judgement: Judgement, catalogue: Catalogue, store: Store, day: date
) -> Iterator[Fact]:
    """Find slices whose visits are gone while their orders are as usual."""
    if not {"sessions", "paid_orders"} <= set(catalogue.kpis):
        return
    for key in judgement.panel.keys:
        if (key.store_id, key.kpi) != (store.store_id, "sessions") or key.dimension == ALL:
            continue
        visits = judgement.seen(key, day)
        orders = judgement.seen(
            SeriesKey(store.store_id, "paid_orders", key.dimension, key.member), day
        )
        if not visits or not orders or visits.value > TRACKING_LEFT * visits.expected:
            continue
        if orders.value >= max(orders.lower, 1):
            yield Fact(
                "lost_tracking",
                {"member": key.member, "visits": visits.value, "orders": orders.value},
            )


def _repeated_orders(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Fact]:
    rows = con.execute(
        "with same as (select count(*) as orders from fct_orders "
        "where store_id = ? and paid_date = ? and is_paid "
        "group by created_at, customer_id, goods_amount) "
        "select coalesce(sum(orders - 1), 0), coalesce(sum(orders), 0) from same",
        [store.store_id, day],
    ).fetchall()
    repeated, orders = (int(number) for number in rows[0])
    if orders and repeated / orders >= REPEATED_SHARE:
        yield Fact("repeated_orders", {"repeated": repeated, "orders": orders})


_HEROES_GONE = """
with sold as (
    select sku, sum(gross_amount) / sum(sum(gross_amount)) over () as share
    from fct_order_lines
    where store_id = $store and is_goods and is_paid
        and paid_date between $day - cast($days as integer) and $day - 1
    group by sku
),
gone as (
    select
        today.sku,
        min(today.category) as category,
        (
            select coalesce(max(last.stock_date) + 1, min(today.stock_date))
            from fct_stock_days as last
            where last.store_id = $store and last.sku = today.sku
                and last.stock_date < $day and not last.is_out_of_stock
        ) as since
    from fct_stock_days as today
    where today.store_id = $store and today.stock_date = $day
        and today.is_live and today.is_out_of_stock
    group by today.sku
)
select gone.sku, coalesce(min(names.product_name), gone.sku), min(gone.category),
    min(sold.share), min(gone.since)
from gone
inner join sold on gone.sku = sold.sku
left join dim_products as names
    on names.store_id = $store and names.sku = gone.sku
where sold.share >= $hero
group by gone.sku
order by min(sold.share) desc
"""


def _heroes_gone(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Fact]:
    """Find best sellers of the four weeks before that are out of stock, and since when."""
    rows = con.execute(
        _HEROES_GONE,
        {"store": store.store_id, "day": day, "days": DAYS_BEFORE, "hero": HERO_SHARE},
    ).fetchall()
    for sku, name, category, share, since in rows[:HEROES_NAMED]:
        yield Fact(
            "hero_out_of_stock",
            {"sku": sku, "name": name, "category": category, "share": float(share), "since": since},
        )


_COUPONS_SPREAD = """
with used as (
    select paid_date = $day as is_today, coalesce(coupon_code, '') as coupon_code,
        count(*) as orders
    from fct_orders
    where store_id = $store and is_paid
        and paid_date between $day - cast($days as integer) and $day
    group by 1, 2
),
shares as (
    select *, orders / sum(orders) over (partition by is_today) as share from used
)
select today.coupon_code, today.orders, today.share, coalesce(before.share, 0)
from shares as today
left join shares as before
    on before.coupon_code = today.coupon_code and not before.is_today
where today.is_today and today.coupon_code <> ''
order by today.share desc
limit 1
"""


def _coupons_spread(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Fact]:
    rows = con.execute(
        _COUPONS_SPREAD,
        {"store": store.store_id, "day": day, "days": DAYS_BEFORE},
    ).fetchall()
    for code, orders, share, usual in rows:
        if share >= COUPON_SHARE and share >= COUPON_GROWTH * usual:
            yield Fact(
                "coupon_spread",
                {"code": code, "orders": int(orders), "share": share, "usual": float(usual)},
            )


_PRICES_CUT = """
with before as (
    select competitor, sku, median(competitor_price) as price
    from fct_competitor_prices
    where store_id = $store and sku is not null
        and capture_date between $day - cast($days as integer) and $day - 1
    group by 1, 2
),
today as (
    select competitor, sku, min(competitor_price) as price
    from fct_competitor_prices
    where store_id = $store and sku is not null and capture_date = $day
    group by 1, 2
),
changes as (
    select today.competitor, 1 - today.price / before.price as cut
    from today
    inner join before
        on today.competitor = before.competitor and today.sku = before.sku
    where before.price > 0
)
select competitor, count(*) filter (cut >= $cut), count(*),
    median(cut) filter (cut >= $cut)
from changes
group by 1
having count(*) filter (cut >= $cut) >= greatest($share * count(*), 2)
order by 2 desc
limit 1
"""


def _prices_cut(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Fact]:
    """Find the competitor that cut prices on most of what we both sell."""
    rows = con.execute(
        _PRICES_CUT,
        {
            "store": store.store_id,
            "day": day,
            "days": DAYS_BEFORE,
            "cut": PRICE_CUT,
            "share": PRODUCTS_CUT,
        },
    ).fetchall()
    for competitor, cut, compared, depth in rows:
        yield Fact(
            "prices_cut",
            {
                "competitor": competitor,
                "products": int(cut),
                "compared": int(compared),
                "depth": float(depth),
            },
        )


def _refunds_of_one_kind(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Fact]:
    for kind, column in (("refund_reason", "reason_code"), ("refund_product", "sku")):
        rows = con.execute(
            f"select {column}, sum(goods_amount) / sum(sum(goods_amount)) over () as share "
            "from fct_refunds where store_id = ? and refund_date = ? and is_goods and is_counted "
            f"and {column} is not null group by 1 order by share desc limit 1",
            [store.store_id, day],
        ).fetchall()
        for name, share in rows:
            if share is not None and share >= REFUND_SHARE:
                yield Fact(kind, {"name": name, "share": float(share)})
