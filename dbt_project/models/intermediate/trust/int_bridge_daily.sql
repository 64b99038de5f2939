{{ config(materialized='table') }}

-- Days on which sales of a store are known whole: its orders, lines and refunds. All
-- stores together are known when none of them is known by half.
with

feed_spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed in ('orders', 'order_lines', 'refunds')

),

calendar as (

    select calendar_date from {{ ref('dim_calendar') }}

),

stores as (

    select
        store_id,
        currency
    from {{ ref('dim_stores') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

store_days as (

    select
        feed_spans.store_id,
        calendar.calendar_date as kpi_date,
        count(*) as feeds_there

    from feed_spans
    inner join calendar
        on calendar.calendar_date between feed_spans.first_day and feed_spans.last_day
    group by
        feed_spans.store_id,
        calendar.calendar_date

),

bridge_days as (

    select
        store_days.store_id,
        store_days.kpi_date,
        stores.currency,
        exchange_rates.rate

    from store_days
    inner join stores
        on store_days.store_id = stores.store_id
    left join exchange_rates
        on
            stores.currency = exchange_rates.currency
            and store_days.kpi_date >= exchange_rates.valid_from
            and store_days.kpi_date < exchange_rates.valid_to
    where store_days.feeds_there = 3
    union all
    select
        'all' as store_id,
        kpi_date,
        '{{ var("reporting_currency") }}' as currency,
        cast(1 as decimal(18, 8)) as rate
    from store_days
    group by kpi_date
    having min(feeds_there) = 3

)

select * from bridge_days
