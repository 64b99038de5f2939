{{ config(severity='warn') }}

select
    withdrawn.store_id,
    count(*) as kpi_days,
    count(distinct withdrawn.kpi) as kpis,
    min(withdrawn.kpi_date) as first_date,
    max(withdrawn.kpi_date) as last_date
from {{ ref('int_kpi_days_withdrawn') }} as withdrawn
inner join {{ ref('int_kpi_as_of') }} as as_of
    on withdrawn.withdrawn_at = as_of.as_of_at
group by withdrawn.store_id
