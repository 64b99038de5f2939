{{ config(materialized='table') }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}

with

dates_rebuilt as (

    select kpi_date from {{ ref('int_kpi_dates_rebuilt') }}

),

{{ kpi_people(kpis, 'dates_rebuilt') }}

select * from people
