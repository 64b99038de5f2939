{{ config(**compared_with_last_build()) }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}

with

fact_days as (
    {{ kpi_fact_days(kpis) }}
)

select * from fact_days
