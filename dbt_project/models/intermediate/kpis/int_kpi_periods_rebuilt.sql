{{ config(materialized='table') }}
{#- The KPI table by periods as the last build left it; none before the first. -#}
{%- set built = current_mart('fct_kpi_periods') -%}
{%- set key = 'grain, period_start, kpi, store_id, dimension, member, definition_id'
    ~ ', currency, stores_expected' -%}
{%- set keys_built = 'select ' ~ key ~ ' from ' ~ built -%}

with

touched as (

    select
        period_days.grain,
        period_days.period_start
    from {{ ref('int_kpi_period_days') }} as period_days
    inner join {{ ref('int_kpi_dates_published') }} as dates_rebuilt
        on period_days.kpi_date = dates_rebuilt.kpi_date

),

kpi_periods_expected as (

    select * from {{ ref('int_kpi_periods_expected') }}

),

keys_expected as (

    select {{ key }} from kpi_periods_expected

),

-- Periods whose last day has come, and rows that have to go: of a KPI redefined or
-- retired, of a channel corrected away.
out_of_date as (
    {{ groups_that_differ('keys_expected', '(' ~ keys_built ~ ')' if built else none, {
        'grain': 'grain', 'period_start': 'period_start'
    }) }}
),

periods_rebuilt as (

    select
        grain,
        period_start
    from touched
    union distinct
    select
        grain,
        period_start
    from out_of_date

)

select * from periods_rebuilt
