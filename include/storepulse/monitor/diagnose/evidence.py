"""Evidence: what else the marts know of a store's day that may explain its incident.

Each kind has its own threshold, so that it is reported only when it is notable, and is read only
when its feeds are complete to the end of the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb

from storepulse.monitor.panel import Evaluation
from storepulse.monitor.records import ALL, EvaluatedDay, Evidence, SeriesKey
from storepulse.serving.catalog import Catalogue, Kpi, Store

# A fifth of the expected visits, while orders continue, is lost tracking, not lost visitors.
TRACKING_LEFT = 0.2
# SKUs with a smaller share of sales than this are not best sellers.
BEST_SELLER_SHARE = 0.03
BEST_SELLERS_NAMED = 2
# Competitors round prices; a cut is at least 5 %, on at least a fifth of the shared products.
PRICE_CUT, PRODUCTS_CUT = 0.05, 0.2
# One code on a seventh of the orders and at three times its usual share has spread.
COUPON_SHARE, COUPON_GROWTH = 0.15, 3.0
# Two orders of the same second, buyer and amount happen; a tenth of a day does not.
REPEATED_SHARE = 0.1
REFUND_KPI = "refund_value"
# One reason or product behind so much of the refunds is worth reporting.
REFUND_SHARE = 0.4
DAYS_BEFORE = 28


def collect_evidence(
    con: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    evaluation: Evaluation,
    anomalies: Sequence[EvaluatedDay],
) -> tuple[Evidence, ...]:
    """Collect what is notable about the day of these anomalies, the strongest evidence first.

    Args:
        con: the published marts.
        catalogue: what they mean.
        evaluation: the values and their expected ranges.
        anomalies: of one store and one day, belonging together; at least one.
    """
    store, day = catalogue.stores[anomalies[0].key.store_id], anomalies[0].day
    feeds = {feed for one in anomalies for feed in catalogue.kpis[one.key.kpi].feeds}

    def are_complete(*needed: str) -> bool:
        last = catalogue.last_complete_day(needed, store)
        return last is not None and last >= day

    evidence: list[Evidence] = []
    if "traffic" in feeds:
        evidence += _lost_tracking(evaluation, catalogue, store, day)
    if feeds & {"orders", "order_lines", "inventory"}:
        evidence += _repeated_orders(con, store, day) if are_complete("orders") else []
        evidence += (
            _best_sellers_out_of_stock(con, store, day)
            if are_complete("inventory", "order_lines")
            else []
        )
        evidence += _coupons_spread(con, store, day) if are_complete("orders") else []
    if feeds & {"orders", "order_lines", "competitor_prices"} and are_complete("competitor_prices"):
        evidence += _prices_cut(con, store, day)
    if _refunds_are_up(evaluation, catalogue.kpis, anomalies):
        evidence += _refunds_of_one_kind(con, store, day) if are_complete("refunds") else []
    return tuple(evidence)


def _refunds_are_up(
    evaluation: Evaluation, kpis: Mapping[str, Kpi], anomalies: Sequence[EvaluatedDay]
) -> bool:
    """Return whether refunds play a part: their reasons explain no other problem."""
    counted = [one for one in anomalies if "refunds" in kpis[one.key.kpi].feeds]
    places = {(one.key.dimension, one.key.member) for one in counted}
    if places:
        places.add((ALL, ALL))
    store_id, day = anomalies[0].key.store_id, anomalies[0].day
    seen = [evaluation.seen(SeriesKey(store_id, REFUND_KPI, *place), day) for place in places]
    return any(one is not None and one.value > one.upper for one in seen)


def _lost_tracking(
    evaluation: Evaluation, catalogue: Catalogue, store: Store, day: date
) -> Iterator[Evidence]:
    """Find slices whose visits are missing while their orders are as usual."""
    if not {"sessions", "paid_orders"} <= set(catalogue.kpis):
        return
    for key in evaluation.panel.keys:
        if (key.store_id, key.kpi) != (store.store_id, "sessions") or key.dimension == ALL:
            continue
        visits = evaluation.seen(key, day)
        orders = evaluation.seen(
            SeriesKey(store.store_id, "paid_orders", key.dimension, key.member), day
        )
        if not visits or not orders or visits.value > TRACKING_LEFT * visits.expected:
            continue
        if orders.value >= max(orders.lower, 1):
            yield Evidence(
                "lost_tracking",
                {"member": key.member, "visits": visits.value, "orders": orders.value},
            )


def _repeated_orders(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Evidence]:
    rows = con.execute(
        "with same as (select count(*) as orders from fct_orders "
        "where store_id = ? and paid_date = ? and is_paid "
        "group by created_at, customer_id, goods_amount) "
        "select coalesce(sum(orders - 1), 0), coalesce(sum(orders), 0) from same",
        [store.store_id, day],
    ).fetchall()
    repeated, orders = (int(number) for number in rows[0])
    if orders and repeated / orders >= REPEATED_SHARE:
        yield Evidence("repeated_orders", {"repeated": repeated, "orders": orders})


# What each product made of the sales of the weeks before.
_SOLD = """sold as (
    select sku, sum(gross_amount) / sum(sum(gross_amount)) over () as share
    from fct_order_lines
    where store_id = $store and is_goods and is_paid
        and paid_date between $day - cast($days as integer) and $day - 1
    group by sku
)"""

_BEST_SELLERS_OUT_OF_STOCK = f"""
with {_SOLD},
gone as (
    select
        today.sku,
        min(today.category) as category,
        (
            select coalesce(max(last.business_date) + 1, min(today.business_date))
            from fct_stock_daily as last
            where last.store_id = $store and last.sku = today.sku
                and last.business_date < $day and not last.is_out_of_stock
        ) as since
    from fct_stock_daily as today
    where today.store_id = $store and today.business_date = $day
        and today.is_live and today.is_out_of_stock
    group by today.sku
)
select gone.sku, coalesce(min(names.product_name), gone.sku), min(gone.category),
    min(sold.share), min(gone.since)
from gone
inner join sold on gone.sku = sold.sku
left join dim_products as names
    on names.store_id = $store and names.sku = gone.sku
group by gone.sku
order by min(sold.share) desc, gone.sku
"""


def _best_sellers_out_of_stock(
    con: duckdb.DuckDBPyConnection, store: Store, day: date
) -> Iterator[Evidence]:
    """Find best sellers of the previous four weeks that are out of stock, and since when."""
    rows = con.execute(
        _BEST_SELLERS_OUT_OF_STOCK,
        {
            "store": store.store_id,
            "day": day,
            "days": DAYS_BEFORE,
        },
    ).fetchall()
    best = [row for row in rows if row[3] >= BEST_SELLER_SHARE][:BEST_SELLERS_NAMED]
    for sku, name, category, share, since in best:
        yield Evidence(
            "hero_out_of_stock",
            {"sku": sku, "name": name, "category": category, "share": float(share), "since": since},
        )
    more = rows[len(best) :]
    if best and more:
        share = sum(float(row[3]) for row in more)
        yield Evidence("more_out_of_stock", {"products": len(more), "share": share})


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


def _coupons_spread(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Evidence]:
    rows = con.execute(
        _COUPONS_SPREAD,
        {"store": store.store_id, "day": day, "days": DAYS_BEFORE},
    ).fetchall()
    for code, orders, share, usual in rows:
        if share >= COUPON_SHARE and share >= COUPON_GROWTH * usual:
            yield Evidence(
                "coupon_spread",
                {"code": code, "orders": int(orders), "share": share, "usual": float(usual)},
            )


_PRICES_CUT = f"""
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
    select today.competitor, today.sku, 1 - today.price / before.price as cut
    from today
    inner join before
        on today.competitor = before.competitor and today.sku = before.sku
    where before.price > 0
),
{_SOLD},
best_sold as (
    select changes.competitor, changes.cut, changes.sku, sold.share,
        coalesce(names.product_name, changes.sku) as product_name
    from changes
    inner join sold on changes.sku = sold.sku
    left join dim_products as names
        on names.store_id = $store and names.sku = changes.sku
    where changes.cut >= $cut
    qualify row_number() over (
        partition by changes.competitor order by sold.share desc, changes.sku
    ) = 1
)
select competitor, count(*) filter (changes.cut >= $cut), count(*),
    median(changes.cut) filter (changes.cut >= $cut),
    any_value(best_sold.sku), any_value(best_sold.product_name),
    any_value(best_sold.share), any_value(best_sold.cut)
from changes
left join best_sold using (competitor)
group by 1
having count(*) filter (changes.cut >= $cut) >= greatest($share * count(*), 2)
order by 2 desc, 1
"""


def _prices_cut(con: duckdb.DuckDBPyConnection, store: Store, day: date) -> Iterator[Evidence]:
    """Find the competitors that cut many prices, and the product it hurts most."""
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
    for competitor, cut, compared, depth, *_ in rows:
        yield Evidence(
            "prices_cut",
            {
                "competitor": competitor,
                "products": int(cut),
                "compared": int(compared),
                "depth": float(depth),
            },
        )
    hurt = [row for row in rows if row[4] is not None]
    if hurt:
        competitor, *_, sku, name, share, depth = max(hurt, key=lambda row: float(row[6]))
        yield Evidence(
            "price_cut_hurts",
            {
                "competitor": competitor,
                "sku": sku,
                "name": name,
                "share": float(share),
                "depth": float(depth),
            },
        )


def _refunds_of_one_kind(
    con: duckdb.DuckDBPyConnection, store: Store, day: date
) -> Iterator[Evidence]:
    for kind, column in (("refund_reason", "reason_code"), ("refund_product", "sku")):
        rows = con.execute(
            f"select {column}, sum(goods_amount) / sum(sum(goods_amount)) over () as share "
            "from fct_refunds where store_id = ? and refund_date = ? and is_goods and is_counted "
            f"and {column} is not null group by 1 order by share desc limit 1",
            [store.store_id, day],
        ).fetchall()
        for name, share in rows:
            if share is not None and share >= REFUND_SHARE:
                yield Evidence(kind, {"name": name, "share": float(share)})
