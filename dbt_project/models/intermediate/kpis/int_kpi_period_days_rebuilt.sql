with

period_days as (

    select * from {{ ref('int_kpi_period_days') }}

),

periods_rebuilt as (

    select * from {{ ref('int_kpi_periods_rebuilt') }}

),

period_days_rebuilt as (

    select period_days.*
    from period_days
    inner join periods_rebuilt
        on
            period_days.grain = periods_rebuilt.grain
            and period_days.period_start = periods_rebuilt.period_start

)

select * from period_days_rebuilt
