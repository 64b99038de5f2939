-- A bridge starts from the very number that fct_kpi_days shows. A row here means that
-- what we explain is not what we publish.
with

bridge as (

    select * from {{ ref('fct_metric_bridge') }}
    where line_kind = 'start'

),

kpi_days as (

    select * from {{ ref('fct_kpi_days') }}
    where dimension = 'all'

),

differences as (

    select
        bridge.*,
        kpi_days.numerator
    from bridge
    left join kpi_days
        on
            bridge.store_id = kpi_days.store_id
            and bridge.kpi_date = kpi_days.kpi_date
            and bridge.line = kpi_days.kpi
    where
        kpi_days.kpi is null
        or bridge.amount <> kpi_days.numerator
        or (bridge.amount is null and kpi_days.numerator = 0)

)

select * from differences
