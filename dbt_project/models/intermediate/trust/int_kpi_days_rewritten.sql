-- Days older than four weeks for which this build publishes other numbers than the
-- builds before: of the shop's business, and of what that is compared with: its plans,
-- its promotions and the goods it lists. One KPI stands for each.
with

kpi_days as (

    select * from {{ ref('fct_kpi_daily') }}
    where dimension = 'all'

),

previous as (

    select * from {{ ref('int_kpi_previous_values') }}
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
    inner join previous
        on
            kpi_days.kpi = previous.kpi
            and kpi_days.store_id = previous.store_id
            and kpi_days.kpi_date = previous.kpi_date
            and kpi_days.definition_id = previous.definition_id
    inner join as_of
        on {{ add_days('kpi_days.kpi_date', 28) }} <= cast(as_of.as_of_at as date)
    where
        (
            kpi_days.kpi in ('net_sales', 'sessions', 'promo_incremental_sales')
            and kpi_days.numerator is distinct from previous.numerator
        )
        or (
            kpi_days.kpi in ('target_attainment', 'ad_budget_used', 'out_of_stock_rate')
            and kpi_days.denominator is distinct from previous.denominator
        )

)

select * from kpi_days_rewritten
