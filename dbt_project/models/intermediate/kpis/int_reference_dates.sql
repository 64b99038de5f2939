{{ config(materialized='table') }}

with

stores as (

    select store_id from {{ ref('dim_stores') }}
    union all
    -- All stores together keep no festival: each of theirs concerns a part only.
    select 'all' as store_id

),

calendar as (

    select calendar_date from {{ ref('dim_calendar') }}

),

event_days as (

    select * from {{ ref('int_event_days') }}

),

reference_dates as (

    select
        stores.store_id,
        calendar.calendar_date as kpi_date,
        {{ add_days('calendar.calendar_date', -1) }} as day_before,
        {{ add_days('calendar.calendar_date', -7) }} as week_before,
        coalesce(
            event_days.year_before, {{ add_days('calendar.calendar_date', -364) }}
        ) as year_before,
        event_days.name_en as aligned_event_en,
        event_days.name_zh as aligned_event_zh

    from stores
    cross join calendar
    left join event_days
        on
            stores.store_id = event_days.store_id
            and calendar.calendar_date = event_days.kpi_date

)

select * from reference_dates
