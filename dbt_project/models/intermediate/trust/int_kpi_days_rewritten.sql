-- Days older than four weeks of which this build says something else than the ones
-- before: of what the shop did, and of what that is held against, its plans, its
-- promotions and the goods it lists. One KPI stands for each.
with

kpi_days as (

    select * from {{ ref('fct_kpi_days') }}
    where dimension = 'all'

),

said as (

    select * from {{ ref('int_kpi_days_said_before') }}
    where
        dimension = 'all'
        and not is_of_this_moment

),

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

kpi_days_rewritten as (

    select
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.kpi_date

    from kpi_days
    inner join said
        on
            kpi_days.kpi = said.kpi
            and kpi_days.store_id = said.store_id
            and kpi_days.kpi_date = said.kpi_date
            and kpi_days.definition_id = said.definition_id
    inner join as_of
        on {{ add_days('kpi_days.kpi_date', 28) }} <= cast(as_of.as_of_at as date)
    where
        (
            kpi_days.kpi in ('net_sales', 'sessions', 'promo_incremental_sales')
            and kpi_days.numerator is distinct from said.numerator
        )
        or (
            kpi_days.kpi in ('target_attainment', 'ad_budget_used', 'out_of_stock_rate')
            and kpi_days.denominator is distinct from said.denominator
        )

)

select * from kpi_days_rewritten
