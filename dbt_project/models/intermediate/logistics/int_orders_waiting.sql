-- Each order on each day at whose end it waited to be shipped. The last day known may
-- still be open.
with

orders as (

    select * from {{ ref('fct_order_fulfilment') }}

),

stores as (

    select
        stores.store_id,
        stores.timezone,
        max(feed_spans.first_day) as first_day,
        min(feed_spans.last_day) as last_day

    from {{ ref('dim_stores') }} as stores
    inner join {{ ref('int_feed_spans') }} as feed_spans
        on stores.store_id = feed_spans.store_id
    where feed_spans.feed in ('orders', 'shipments')
    group by stores.store_id, stores.timezone

),

day_ends as (

    select
        stores.store_id,
        calendar.calendar_date as backlog_date,
        {{ store_day_start(
            add_days('calendar.calendar_date', 1), 'stores.timezone'
        ) }} as ends_at

    from stores
    inner join {{ ref('dim_calendar') }} as calendar
        on calendar.calendar_date between stores.first_day and stores.last_day

),

orders_waiting as (

    select
        orders.order_key,
        orders.store_id,
        day_ends.backlog_date,
        orders.ship_due_at < day_ends.ends_at as is_overdue,
        {{ elapsed_seconds('orders.starts_at', 'day_ends.ends_at') }} / 3600.0
            as age_hours

    from orders
    inner join day_ends
        on
            orders.store_id = day_ends.store_id
            and orders.start_date <= day_ends.backlog_date
            and (
                orders.left_backlog_date is null
                or orders.left_backlog_date > day_ends.backlog_date
            )

)

select * from orders_waiting
