{{ config(materialized='table') }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}

with

days_rebuilt as (

    select * from {{ ref('int_kpi_period_days_rebuilt') }}

),

{{ kpi_people(kpis, 'days_rebuilt', ['grain', 'period_start']) }}

select * from people
