{{ config(**incremental_by_kpi_date()) }}
{%- set kpis = kpi_definitions() -%}
{%- do kpi_facts() %}

with

dates_rebuilt as (

    {% if is_incremental() -%}
        select kpi_date from {{ ref('int_kpi_dates_rebuilt') }}
    {%- else -%}
        select distinct kpi_date from {{ ref('int_kpi_days_expected') }}
    {%- endif %}

),

kpi_days_expected as (

    select *
    from {{ ref('int_kpi_days_expected') }}
    where kpi_date in (select dates_rebuilt.kpi_date from dates_rebuilt)

),

{{ kpi_input_steps(kpis, 'dates_rebuilt') }}

points as (

    select distinct
        kpi_date,
        store_id,
        dimension,
        member
    from kpi_days_expected

),

inputs as (
    {{ kpi_inputs_at('points', kpis) }}
),

kpi_parts as (

    select
        kpi_days_expected.*,
        {{ kpi_part(kpis, 'numerator') }} as numerator,
        {{ kpi_part(kpis, 'denominator') }} as denominator

    from kpi_days_expected
    inner join inputs
        on
            kpi_days_expected.kpi_date = inputs.kpi_date
            and kpi_days_expected.store_id = inputs.store_id
            and kpi_days_expected.dimension = inputs.dimension
            and kpi_days_expected.member = inputs.member

),

kpi_days as (

    select
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        case
            when kpi_kind = 'ratio'
                then
                    cast(numerator as double)
                    / nullif(cast(denominator as double), 0)
            else cast(numerator as double)
        end as value,  -- noqa: RF04
        currency,
        definition_id,
        kpi_date
    from kpi_parts

)

select * from kpi_days
