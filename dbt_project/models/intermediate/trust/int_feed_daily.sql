-- Every day of every feed of a store: from the first that the feed covers to the last
-- that any feed of its source does, so that a feed that stalls keeps being reported.
with

feed_spans as (

    select * from {{ ref('int_feed_spans') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

coverage as (

    select
        *,
        max(complete_until) over (partition by source_name) as newest_until
    from {{ ref('fct_feed_coverage') }}

),

days as (

    select
        own_spans.store_id,
        own_spans.feed,
        stores.source_name,
        stores.currency,
        calendar.calendar_date as business_date,
        coverage.complete_until,
        coverage.newest_until,
        {{ store_day_start('calendar.calendar_date', 'stores.timezone') }} as starts_at,
        {{ store_day_start(add_days('calendar.calendar_date', 1), 'stores.timezone') }}
            as ends_at

    from feed_spans as own_spans
    inner join feed_spans as all_spans
        on
            own_spans.store_id = all_spans.store_id
            and all_spans.feed = 'any_feed'
    inner join stores
        on own_spans.store_id = stores.store_id
    inner join coverage
        on
            stores.source_name = coverage.source_name
            and own_spans.feed = coverage.feed
    inner join {{ ref('dim_calendar') }} as calendar
        on calendar.calendar_date between own_spans.first_day and all_spans.last_day
    where own_spans.feed <> 'any_feed'

),

-- A day that is not over yet is asked for as far as the newest feed has come.
asked_for as (

    select
        *,
        case
            when ends_at < newest_until then ends_at
            else newest_until
        end as asked_until
    from days

),

feed_days as (

    select
        store_id,
        feed,
        source_name,
        currency,
        business_date,
        starts_at,
        ends_at,
        complete_until,
        newest_until,
        complete_until >= ends_at as is_whole,
        cast(
            case
                when complete_until >= asked_until then 0
                else {{ elapsed_seconds('complete_until', 'asked_until') }} / 3600.0
            end as decimal(12, 2)
        ) as lag_hours
    from asked_for

)

select * from feed_days
