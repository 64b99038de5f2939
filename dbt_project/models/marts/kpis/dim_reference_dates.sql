-- depends_on: {{ ref('int_comparison_dates_rebuilt') }}
with

reference_dates as (

    select
        store_id,
        kpi_date,
        day_before,
        week_before,
        year_before,
        aligned_event_en,
        aligned_event_zh

    from {{ ref('int_reference_dates') }}

)

select * from reference_dates
