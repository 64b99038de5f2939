{{ config(severity='warn') }}

select
    kpi_days.kpi,
    kpi_days.store_id,
    kpi_days.missing_reason,
    count(*) as days_without_value,
    min(kpi_days.kpi_date) as first_date,
    max(kpi_days.kpi_date) as last_date
from {{ ref('fct_kpi_days') }} as kpi_days
inner join {{ ref('int_kpi_days_said_before') }} as said
    on
        kpi_days.kpi = said.kpi
        and kpi_days.store_id = said.store_id
        and kpi_days.kpi_date = said.kpi_date
        and kpi_days.dimension = said.dimension
        and kpi_days.definition_id = said.definition_id
where
    kpi_days.dimension = 'all'
    and kpi_days.value is null
    and kpi_days.missing_reason not in ('zero_denominator', 'no_rows')
    and said.value is not null
group by kpi_days.kpi, kpi_days.store_id, kpi_days.missing_reason
