{{ config(**incremental_by_kpi_date('int_kpi_dates_published')) }}

with

kpi_days as (

    select * from {{ ref('int_kpi_daily') }}
    union all
    select * from {{ ref('int_kpi_days_of_progress') }}

),

kpi_days_published as (

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
        stores_counted,
        stores_expected,
        kpi_date
    from kpi_days
    {% if is_incremental() -%}
        where kpi_date in (
            select dates.kpi_date from {{ ref('int_kpi_dates_published') }} as dates
        )
    {%- endif %}

)

select * from kpi_days_published
