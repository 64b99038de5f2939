{{ config(materialized='table') }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}

with

days_rebuilt as (

    select period_days.*
    from {{ ref('int_kpi_period_days') }} as period_days
    inner join {{ ref('int_kpi_periods_rebuilt') }} as periods_rebuilt
        on
            period_days.grain = periods_rebuilt.grain
            and period_days.period_start = periods_rebuilt.period_start

),

{{ kpi_people(kpis, 'days_rebuilt', ['grain', 'period_start']) }}

select * from people
