{{ config(materialized='table') }}
{#- The days compared with by the last build; none before the first. -#}
{%- set known = current_mart('dim_reference_dates') -%}
{%- set columns = 'store_id, kpi_date, day_before, week_before, year_before'
    ~ ', aligned_event_en, aligned_event_zh' %}

with

reference_dates as (

    select * from {{ ref('int_reference_dates') }}

),

kpi_dates_rebuilt as (

    select kpi_date from {{ ref('int_kpi_dates_published') }}

),

compared_with_a_rebuilt_date as (

    select reference_dates.kpi_date
    from reference_dates
    inner join kpi_dates_rebuilt
        on
            reference_dates.day_before = kpi_dates_rebuilt.kpi_date
            or reference_dates.week_before = kpi_dates_rebuilt.kpi_date
            or reference_dates.year_before = kpi_dates_rebuilt.kpi_date

),

-- An event was entered, moved or taken out of the calendar.
compared_otherwise as (

    select {{ columns }} from reference_dates
    {%- if known %}
        except
        select {{ columns }} from {{ known }}
    {%- endif %}

),

dates_rebuilt as (

    select kpi_date from kpi_dates_rebuilt
    union distinct
    select kpi_date from compared_with_a_rebuilt_date
    union distinct
    select kpi_date from compared_otherwise
    union distinct
    {{ dates_of_an_unfinished_build() }}

)

select * from dates_rebuilt
