{{ config(materialized='table') }}

-- Net sales of every store on every day that was watched whole, 0 when nothing was
-- sold, and whether it was an ordinary day: inside no promotion, holiday or festival.
with

-- Days that all feeds of net sales cover.
watched as (

    select
        store_id,
        max(first_day) as first_day,
        min(last_day) as last_day
    from {{ ref('int_feed_spans') }}
    where feed in ('orders', 'order_lines', 'refunds')
    group by store_id
    having count(*) = 3

),

sales as (

    select
        store_id,
        paid_date as sale_date,
        gross_amount - discount_amount as amount
    from {{ ref('fct_order_lines') }}
    where is_goods and is_paid and is_valid_order
    union all
    select
        store_id,
        refund_date as sale_date,
        -goods_amount as amount
    from {{ ref('fct_refunds') }}
    where is_goods and is_counted and refund_date is not null

),

sales_summed as (

    select
        store_id,
        sale_date,
        sum(amount) as net_sales
    from sales
    group by store_id, sale_date

),

stores as (

    select
        store_id,
        currency
    from {{ ref('dim_stores') }}

),

-- A store's own promotions, holidays, and the festivals of its market, which its
-- currency identifies.
events as (

    select
        stores.store_id,
        calendar_events.starts_on,
        calendar_events.ends_on
    from {{ ref('dim_calendar_events') }} as calendar_events
    inner join stores
        on
            calendar_events.store_id = stores.store_id
            or calendar_events.store_id is null
    where calendar_events.kind in ('promo', 'holiday')
    union all
    select
        stores.store_id,
        festivals.starts_on,
        festivals.ends_on
    from {{ ref('festivals') }} as festivals
    inner join stores
        on festivals.currency = stores.currency

),

store_sales_days as (

    select
        watched.store_id,
        calendar.calendar_date as sale_date,
        calendar.weekday,
        coalesce(sales_summed.net_sales, 0) as net_sales,
        not exists (
            select 1 from events
            where
                events.store_id = watched.store_id
                and calendar.calendar_date between events.starts_on and events.ends_on
        ) as is_ordinary

    from watched
    inner join {{ ref('dim_calendar') }} as calendar
        on calendar.calendar_date between watched.first_day and watched.last_day
    left join sales_summed
        on
            watched.store_id = sales_summed.store_id
            and calendar.calendar_date = sales_summed.sale_date

)

select * from store_sales_days
