-- Every SKU on every day on which its store's sales are known, as it was listed at the
-- end of that day. There are no gaps, so that rows can be counted as days.
with

stores as (

    select
        stores.store_id,
        stores.timezone,
        max(feed_spans.first_day) as first_day,
        min(feed_spans.last_day) as last_day

    from {{ ref('dim_stores') }} as stores
    inner join {{ ref('int_feed_spans') }} as feed_spans
        on stores.store_id = feed_spans.store_id
    where feed_spans.feed in ('orders', 'order_lines', 'products')
    group by stores.store_id, stores.timezone
    having count(*) = 3

),

day_ends as (

    select
        stores.*,
        calendar.calendar_date as business_date,
        {{ store_day_start(
            add_days('calendar.calendar_date', 1), 'stores.timezone'
        ) }} as ends_at

    from stores
    inner join {{ ref('dim_calendar') }} as calendar
        on calendar.calendar_date between stores.first_day and stores.last_day

),

product_days as (

    select
        day_ends.store_id,
        versions.sku,
        day_ends.business_date,
        day_ends.first_day as sales_known_from,
        versions.category,
        versions.currency,
        versions.price,
        {{ store_local_date('versions.listed_at', 'day_ends.timezone') }}
            as listed_date,
        {{ is_on_sale(
            'versions', 'updated_at', 'day_ends.ends_at', just_before=true
        ) }} as is_live

    from day_ends
    inner join {{ ref('int_product_versions') }} as versions
        on
            day_ends.store_id = versions.store_id
            and day_ends.ends_at > versions.valid_from
            and day_ends.ends_at <= versions.valid_to

)

select * from product_days
