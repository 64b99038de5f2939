with

calendar as (

    select * from {{ ref('dim_calendar') }}

),

period_days as (

    select
        'week' as grain,
        week_start as period_start,
        {{ add_days('week_start', 6) }} as period_end,
        calendar_date as kpi_date
    from calendar
    union all
    select
        'month' as grain,
        month_start as period_start,
        cast({{ dbt.last_day('month_start', 'month') }} as date) as period_end,
        calendar_date as kpi_date
    from calendar

)

select * from period_days
