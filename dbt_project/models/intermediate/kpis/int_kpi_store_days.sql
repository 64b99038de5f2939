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
        max(feed_spans.open_from) as open_from,
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

-- All stores together are those of them that are known; who is missing among those that
-- any feed covers shall not go unseen. Before it opens nothing is missing of a store,
-- but what is known of it counts.
stores_expected as (

    select
        calendar.calendar_date as kpi_date,
        count(*) as stores_expected
    from feed_spans
    inner join calendar
        on calendar.calendar_date between feed_spans.first_day and feed_spans.last_day
    where
        feed_spans.feed = 'any_feed'
        and calendar.calendar_date >= feed_spans.open_from
    group by calendar.calendar_date

),

kpi_days as (

    select
        kpi_date,
        kpi,
        store_id,
        cast(null as bigint) as stores_expected
    from store_days
    where feeds_there = feeds_needed
    union all
    select
        store_days.kpi_date,
        store_days.kpi,
        'all' as store_id,
        coalesce(max(stores_expected.stores_expected), 0) + count(
            case when store_days.kpi_date < store_days.open_from then 1 end
        ) as stores_expected
    from store_days
    left join stores_expected
        on store_days.kpi_date = stores_expected.kpi_date
    where store_days.feeds_there = store_days.feeds_needed
    group by store_days.kpi_date, store_days.kpi

)

select * from kpi_days
