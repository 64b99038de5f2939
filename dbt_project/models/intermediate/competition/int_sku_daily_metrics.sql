-- What is known of every SKU on every day on which competitors were tracked, and the
-- 27 days before, which sums that look back need: how it was listed at the day's end,
-- and the day's figures.
with

spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'competitor_prices'

),

days as (

    select
        spans.store_id,
        spans.first_day,
        calendar.calendar_date as sku_date,
        {{ store_day_start(add_days('calendar.calendar_date', 1), 'stores.timezone') }}
            as ends_at

    from spans

    inner join {{ ref('dim_stores') }} as stores
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

    select * from {{ ref('fct_product_visit_daily') }}

),

freight as (

    select * from {{ ref('int_single_unit_freight') }}

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
        {{ is_on_sale(
            'product_versions', 'changed_at', 'days.ends_at', just_before=true
        ) }} as is_live,
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
            and days.sku_date = visit_days.business_date

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

)

select * from sku_days
