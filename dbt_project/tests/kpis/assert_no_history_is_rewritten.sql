{{ config(severity='warn') }}

select
    kpi,
    store_id,
    count(*) as days_rewritten,
    min(kpi_date) as first_date,
    max(kpi_date) as last_date
from {{ ref('int_kpi_days_rewritten') }}
group by kpi, store_id
having count(*) > 7
