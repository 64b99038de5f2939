{{ config(materialized='table') }}
{#- The KPIs as the last build left them; none before the first. -#}
{%- set built = current_model('int_kpi_days', 'intermediate') -%}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() -%}
{%- set key = 'kpi_date, kpi, store_id, dimension, member, definition_id, currency' -%}

with

-- Dates of the rows that were replaced, noted before they were.
touched as (

    select kpi_date from {{ ref('int_touched_kpi_dates') }}

),

-- Dates of the rows that replaced them.
touched_anew as (
    {{ kpi_dates_of_rebuilt_rows(kpis) }}
),

kpi_days_expected as (

    select * from {{ ref('int_kpi_days_expected') }}
    where not is_progress

),

-- Rows that have to appear although no fact changed: a day without orders, a new KPI.
missing as (

    select {{ key }} from kpi_days_expected
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
    select {{ key }} from kpi_days_expected
    {{- ' where false' if not built }}

),

dates_rebuilt as (

    select kpi_date from touched
    union distinct
    select kpi_date from touched_anew
    where kpi_date is not null
    union distinct
    select kpi_date from {{ ref('int_dates_converted_anew') }}
    union distinct
    select kpi_date from missing
    union distinct
    select kpi_date from surplus

)

select * from dates_rebuilt
