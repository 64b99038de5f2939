{{ config(**incremental_by_kpi_period()) }}
{%- set kpis = kpi_definitions() -%}
{%- set key = ['grain', 'period_start'] -%}
{%- do wait_for_kpi_facts() -%}
{%- do wait_for_kpi_facts(of_progress=true) %}

with

periods_rebuilt as (

    {% if is_incremental() -%}
        select
            grain,
            period_start
        from {{ ref('int_kpi_periods_rebuilt') }}
    {%- else -%}
        select distinct
            grain,
            period_start
        from {{ ref('int_kpi_periods_expected') }}
    {%- endif %}

),

days_rebuilt as (

    select period_days.*
    from {{ ref('int_kpi_period_days') }} as period_days
    inner join periods_rebuilt
        on
            period_days.grain = periods_rebuilt.grain
            and period_days.period_start = periods_rebuilt.period_start

),

kpi_periods_expected as (

    select expected.*
    from {{ ref('int_kpi_periods_expected') }} as expected
    inner join periods_rebuilt
        on
            expected.grain = periods_rebuilt.grain
            and expected.period_start = periods_rebuilt.period_start

),

{{ kpi_input_steps(kpis, 'days_rebuilt', key) }}

{{ kpi_value_steps(kpis, 'kpi_periods_expected', key) }},

kpi_periods as (

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
        grain,
        period_start
    from kpi_values

)

select * from kpi_periods
