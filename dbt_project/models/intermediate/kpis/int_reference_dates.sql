{{ config(materialized='table') }}

with

stores as (

    select
        store_id,
        currency
    from {{ ref('dim_stores') }}
    union all
    -- All stores together keep no festival: each of theirs concerns a part only.
    select
        'all' as store_id,
        cast(null as {{ dbt.type_string() }}) as currency

),

calendar as (

    select calendar_date from {{ ref('dim_calendar') }}

),

festivals as (

    select * from {{ ref('festivals') }}

),

-- The shop's own promotions have no lead or tail of their own: a festival of the same
-- days says more. One of a year ago is the same by its name.
own_events as (

    select
        stores.store_id,
        events.kind || ' ' || events.name_en as series,
        events.name_en,
        events.name_zh,
        events.starts_on,
        events.ends_on,
        0 as lead_days,
        0 as tail_days

    from {{ ref('dim_calendar_events') }} as events
    inner join stores
        on
            events.store_id = stores.store_id
            or (events.store_id is null and stores.store_id <> 'all')
    where events.name_en is not null

),

events as (

    select
        stores.store_id,
        festivals.series,
        festivals.name_en,
        festivals.name_zh,
        festivals.starts_on,
        festivals.ends_on,
        festivals.lead_days,
        festivals.tail_days
    from stores
    inner join festivals
        on stores.currency = festivals.currency
    union all
    select * from own_events

),

-- Each event beside the one of its series a year before: ten to fourteen months, which
-- is how far the lunar calendar moves.
events_with_last as (

    select
        events.*,
        last_events.starts_on as last_starts_on,
        last_events.ends_on as last_ends_on,
        row_number() over (
            partition by events.store_id, events.series, events.starts_on
            order by last_events.starts_on desc
        ) as recency

    from events
    inner join events as last_events
        on
            events.store_id = last_events.store_id
            and events.series = last_events.series
            and last_events.starts_on
            between {{ add_days('events.starts_on', -430) }}
            and {{ add_days('events.starts_on', -300) }}

),

days_of_events as (

    select
        events_with_last.store_id,
        calendar.calendar_date as kpi_date,
        events_with_last.name_en,
        events_with_last.name_zh,
        case
            -- the last day of one is that of the other, however long they are
            when calendar.calendar_date = events_with_last.ends_on
                then events_with_last.last_ends_on
            when calendar.calendar_date > events_with_last.ends_on
                then {{ add_days(
                    'events_with_last.last_ends_on',
                    dbt.datediff('events_with_last.ends_on', 'calendar.calendar_date', 'day')
                ) }}
            -- the days a longer one has more are all compared with the last
            else least(
                events_with_last.last_ends_on,
                {{ add_days(
                    'events_with_last.last_starts_on',
                    dbt.datediff('events_with_last.starts_on', 'calendar.calendar_date', 'day')
                ) }}
            )
        end as year_before,
        -- a day inside an event belongs to it rather than to the lead of the next one
        -- and to the shorter of two
        row_number() over (
            partition by events_with_last.store_id, calendar.calendar_date
            order by
                case
                    when
                        calendar.calendar_date
                        between events_with_last.starts_on and events_with_last.ends_on
                        then 0
                    else 1
                end,
                {{ dbt.datediff(
                    'events_with_last.starts_on', 'events_with_last.ends_on', 'day'
                ) }},
                events_with_last.series
        ) as preference

    from events_with_last
    inner join calendar
        on
            calendar.calendar_date
            between {{ add_days(
                'events_with_last.starts_on', '-events_with_last.lead_days'
            ) }}
            and {{ add_days('events_with_last.ends_on', 'events_with_last.tail_days') }}
    where events_with_last.recency = 1

),

aligned_days as (

    select
        store_id,
        kpi_date,
        name_en,
        name_zh,
        year_before
    from days_of_events
    where preference = 1

),

reference_dates as (

    select
        stores.store_id,
        calendar.calendar_date as kpi_date,
        {{ add_days('calendar.calendar_date', -1) }} as day_before,
        {{ add_days('calendar.calendar_date', -7) }} as week_before,
        coalesce(
            aligned_days.year_before, {{ add_days('calendar.calendar_date', -364) }}
        ) as year_before,
        aligned_days.name_en as aligned_event_en,
        aligned_days.name_zh as aligned_event_zh

    from stores
    cross join calendar
    left join aligned_days
        on
            stores.store_id = aligned_days.store_id
            and calendar.calendar_date = aligned_days.kpi_date

)

select * from reference_dates
