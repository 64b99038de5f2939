{%- set kpis = kpi_definitions() -%}

with

feed_spans as (

    select * from {{ ref('int_feed_spans') }}

),

calendar as (

    select * from {{ ref('dim_calendar') }}

),

kpi_feeds as (
    {{ kpi_feed_rows(kpis) }}
),

store_days as (

    select
        calendar.calendar_date as kpi_date,
        kpi_feeds.kpi,
        feed_spans.store_id,
        kpi_feeds.feeds_needed,
        count(*) as feeds_there

    from kpi_feeds
    inner join feed_spans
        on kpi_feeds.feed = feed_spans.feed
    inner join calendar
        on calendar.calendar_date between feed_spans.first_day and feed_spans.last_day
    group by
        calendar.calendar_date,
        kpi_feeds.kpi,
        feed_spans.store_id,
        kpi_feeds.feeds_needed

),

-- All stores together are known when none of them is known by half.
kpi_days as (

    select
        kpi_date,
        kpi,
        store_id
    from store_days
    where feeds_there = feeds_needed
    union all
    select
        kpi_date,
        kpi,
        'all' as store_id
    from store_days
    group by kpi_date, kpi
    having min(feeds_there) = max(feeds_needed)

)

select * from kpi_days
