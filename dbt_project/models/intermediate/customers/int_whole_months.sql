-- Months of which every day is known of all that buyers' sales are made of: a month
-- known in part would read as one in which fewer came back.
with

feed_spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed in ('orders', 'order_lines', 'refunds')

),

calendar as (

    select * from {{ ref('dim_calendar') }}

),

whole_months as (

    select
        feed_spans.store_id,
        calendar.month_start
    from feed_spans
    inner join calendar
        on calendar.calendar_date between feed_spans.first_day and feed_spans.last_day
    group by feed_spans.store_id, calendar.month_start
    having
        count(*)
        = 3 * extract(day from {{ dbt.last_day('calendar.month_start', 'month') }})

)

select * from whole_months
