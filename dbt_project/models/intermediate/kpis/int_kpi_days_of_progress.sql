{{ config(**compared_with_last_build()) }}
{%- set kpis = kpi_definitions() | selectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts(of_progress=true) %}

with

kpi_days_expected as (

    select *
    from {{ ref('int_kpi_days_expected') }}
    where is_progress

),

dates_expected as (

    select distinct kpi_date from kpi_days_expected

),

{{ kpi_input_steps(kpis, 'dates_expected') }}

{{ kpi_value_steps(kpis, 'kpi_days_expected') }}

select * from kpi_values
