{{ config(materialized='table') }}
{#- The KPI table by periods as the last build left it; none before the first. -#}
{%- set built = current_mart('fct_kpi_periods') -%}
{%- set key = 'grain, period_start, kpi, store_id, dimension, member, definition_id'
    ~ ', currency' -%}

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

-- A period whose last day has come, a new KPI.
missing as (

    select {{ key }} from kpi_periods_expected
    {%- if built %}
        except
        select {{ key }} from {{ built }}
    {%- endif %}

),

-- Rows that have to go: of a KPI redefined or retired, of a channel corrected away.
surplus as (

    {%- if built %}
        select {{ key }} from {{ built }}
        except
    {%- endif %}
    select {{ key }} from kpi_periods_expected
    {{- ' where false' if not built }}

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
    from missing
    union distinct
    select
        grain,
        period_start
    from surplus

)

select * from periods_rebuilt
