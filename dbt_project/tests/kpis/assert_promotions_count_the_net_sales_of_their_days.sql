-- Net sales next to the baseline of a promotion's day are those of the KPI.
-- A difference means that the promotion is measured by another number than the shop.
select
    promotion_days.store_id,
    promotion_days.sale_date,
    promotion_days.net_sales,
    kpi_days.numerator
from {{ ref('fct_promotion_daily') }} as promotion_days
left join {{ ref('fct_kpi_daily') }} as kpi_days
    on
        promotion_days.store_id = kpi_days.store_id
        and promotion_days.sale_date = kpi_days.kpi_date
        and kpi_days.kpi = 'net_sales'
        and kpi_days.dimension = 'all'
where
    kpi_days.numerator is null
    or kpi_days.numerator <> promotion_days.net_sales
