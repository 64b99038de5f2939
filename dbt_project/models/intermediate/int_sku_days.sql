{{ config(materialized='table') }}

-- Every SKU on every day that rivals were watched, as it was at the end of the day:
-- what we asked, whether it was on sale, and what the 28 days up to then brought. The
-- days before the first are there for those sums only and are taken away at the end.
with

spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'competitor_prices'

),

stores as (

    select * from {{ ref('dim_stores') }}

),

days as (

    select
        spans.store_id,
        spans.first_day,
        calendar.calendar_date as sku_date,
        {{ store_day_start(add_days('calendar.calendar_date', 1), 'stores.timezone') }}
            as ends_at

    from spans

    inner join stores
        on spans.store_id = stores.store_id

    inner join {{ ref('dim_calendar') }} as calendar
        on
            {{ add_days('calendar.calendar_date', 27) }} >= spans.first_day
            and spans.last_day >= calendar.calendar_date

),

product_versions as (

    select * from {{ ref('dim_product_versions') }}

),

visit_days as (

    select * from {{ ref('fct_product_visit_days') }}

),

freight as (

    select * from {{ ref('int_freight_of_single_pieces') }}

),

captures as (

    select
        store_id,
        sku,
        capture_date,
        max(captured_at) as captured_at
    from {{ ref('fct_competitor_prices') }}
    where is_confident_match
    group by store_id, sku, capture_date

),

sku_days as (

    select
        days.store_id,
        days.first_day,
        days.sku_date,
        days.ends_at,
        product_versions.sku,
        product_versions.category,
        product_versions.currency,
        product_versions.price,
        coalesce(
            product_versions.status = 'live'
            and product_versions.listed_at < days.ends_at
            and (
                product_versions.delisted_at is null
                or product_versions.delisted_at >= days.ends_at
            ),
            false
        ) as is_live,
        visit_days.sales_amount,
        visit_days.visitors,
        freight.orders,
        freight.shipping_charged,
        captures.captured_at

    from days

    inner join product_versions
        on
            days.store_id = product_versions.store_id
            and days.ends_at > product_versions.valid_from
            and days.ends_at <= product_versions.valid_to

    left join visit_days
        on
            product_versions.store_id = visit_days.store_id
            and product_versions.sku = visit_days.sku
            and days.sku_date = visit_days.visit_date

    left join freight
        on
            product_versions.store_id = freight.store_id
            and product_versions.sku = freight.sku
            and days.sku_date = freight.order_date

    left join captures
        on
            product_versions.store_id = captures.store_id
            and product_versions.sku = captures.sku
            and days.sku_date = captures.capture_date

),

sku_days_looking_back as (

    select
        store_id,
        sku,
        sku_date,
        first_day,
        ends_at,
        category,
        currency,
        price as own_price,
        is_live,
        coalesce(sum(sales_amount) over last_28_days, 0) as sales_28d,
        coalesce(sum(visitors) over last_7_days, 0) as visitors_7d,
        coalesce(sum(visitors) over last_28_days, 0) as visitors_28d,
        sum(shipping_charged) over last_28_days as shipping_28d,
        sum(orders) over last_28_days as single_piece_orders_28d,
        max(captured_at) over all_so_far as newest_captured_at

    from sku_days

    window
        all_so_far as (
            partition by store_id, sku order by sku_date
            rows between unbounded preceding and current row
        ),
        last_28_days as (
            partition by store_id, sku order by sku_date
            rows between 27 preceding and current row
        ),
        last_7_days as (
            partition by store_id, sku order by sku_date
            rows between 6 preceding and current row
        )

),

watched_sku_days as (

    select
        *,
        case
            when single_piece_orders_28d > 0
                then {{ amount('round(shipping_28d / single_piece_orders_28d, 2)') }}
        end as own_shipping
    from sku_days_looking_back
    where sku_date >= first_day

)

select * from watched_sku_days
