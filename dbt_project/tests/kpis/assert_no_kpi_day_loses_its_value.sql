{{ config(severity='warn') }}

select
    kpi_days.kpi,
    kpi_days.store_id,
    kpi_days.missing_reason,
    count(*) as days_without_value,
    min(kpi_days.kpi_date) as first_date,
    max(kpi_days.kpi_date) as last_date
from {{ ref('fct_kpi_daily') }} as kpi_days
inner join {{ ref('int_kpi_previous_values') }} as previous
    on
        kpi_days.kpi = previous.kpi
        and kpi_days.store_id = previous.store_id
        and kpi_days.kpi_date = previous.kpi_date
        and kpi_days.dimension = previous.dimension
        and kpi_days.definition_id = previous.definition_id
where
    kpi_days.dimension = 'all'
    and kpi_days.value is null
    and kpi_days.missing_reason not in ('zero_denominator', 'no_rows')
    and previous.value is not null
group by kpi_days.kpi, kpi_days.store_id, kpi_days.missing_reason
