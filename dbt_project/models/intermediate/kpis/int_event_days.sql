with

events_with_last as (

    select * from {{ ref('int_events_a_year_apart') }}

),

calendar as (

    select calendar_date from {{ ref('dim_calendar') }}

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

),

event_days as (

    select
        store_id,
        kpi_date,
        name_en,
        name_zh,
        year_before
    from days_of_events
    where preference = 1

)

select * from event_days
