{{ config(**incremental_by_kpi_date()) }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}

with

dates_rebuilt as (

    {% if is_incremental() -%}
        select kpi_date from {{ ref('int_kpi_dates_rebuilt') }}
    {%- else -%}
        select distinct kpi_date from {{ ref('int_kpi_days_expected') }}
        where not is_progress
    {%- endif %}

),

kpi_days_expected as (

    select *
    from {{ ref('int_kpi_days_expected') }}
    where
        not is_progress
        and kpi_date in (select dates_rebuilt.kpi_date from dates_rebuilt)

),

{{ kpi_input_steps(kpis, 'dates_rebuilt', ref('int_kpi_people_days')) }}

{{ kpi_value_steps(kpis, 'kpi_days_expected') }},

kpi_days as (

    select
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        missing_reason,
        currency,
        definition_id,
        kpi_date
    from kpi_values

)

select * from kpi_days
