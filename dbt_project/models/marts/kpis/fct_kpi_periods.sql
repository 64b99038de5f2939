{{ config(**incremental_by_kpi_period()) }}
{%- set kpis = kpis_by_period(kpi_definitions()) -%}
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

days_added_up as (
    {{ kpi_days_added_up('days_rebuilt', key) }}
),

kpi_periods_expected as (

    select
        expected.*,
        days_added_up.numerator_of_days,
        days_added_up.denominator_of_days
    from {{ ref('int_kpi_periods_expected') }} as expected
    inner join periods_rebuilt
        on
            expected.grain = periods_rebuilt.grain
            and expected.period_start = periods_rebuilt.period_start
    left join days_added_up
        on
            expected.grain = days_added_up.grain
            and expected.period_start = days_added_up.period_start
            and expected.kpi = days_added_up.kpi
            and expected.store_id = days_added_up.store_id
            and expected.dimension = days_added_up.dimension
            and expected.member = days_added_up.member

),

{{ kpi_input_steps(kpis, 'days_rebuilt', ref('int_kpi_people_periods'), key) }}

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
