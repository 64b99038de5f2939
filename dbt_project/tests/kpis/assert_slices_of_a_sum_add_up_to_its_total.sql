-- The channels (categories …) of a KPI that is a sum add up to its total, for every
-- store and day. A difference means that rows were dropped or counted twice on the way
-- into the slices. A member of which nobody counted anything adds nothing. Of all stores each
-- amount is rounded by itself, and total and slices are compared where they are of as many.
with

sums as (

    select fct_kpi_daily.*
    from {{ ref('fct_kpi_daily') }} as fct_kpi_daily
    inner join {{ ref('dim_kpis') }} as dim_kpis
        on fct_kpi_daily.kpi = dim_kpis.kpi
    where dim_kpis.kpi_kind = 'sum' and {{ is_republished() }}

),

totals as (

    select * from sums
    where dimension = 'all'

),

slices as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        coalesce(sum(numerator), 0) as numerator,
        count(*) as slices_there,
        min(stores_counted) as fewest_stores,
        max(stores_counted) as most_stores,
        count(case when missing_reason = 'no_exchange_rate' then kpi end)
            as unknown_slices
    from sums
    where dimension <> 'all'
    group by kpi_date, kpi, store_id, dimension

),

differences as (

    select
        totals.kpi_date,
        totals.kpi,
        totals.store_id,
        slices.dimension,
        totals.missing_reason,
        totals.numerator as total,
        slices.numerator as sum_of_slices
    from totals
    inner join slices
        on
            totals.kpi_date = slices.kpi_date
            and totals.kpi = slices.kpi
            and totals.store_id = slices.store_id
            and (
                totals.store_id <> 'all'
                or (
                    totals.stores_counted = slices.fewest_stores
                    and totals.stores_counted = slices.most_stores
                )
            )
    where
        (
            (coalesce(totals.missing_reason, '') = 'no_exchange_rate')
            <> (slices.unknown_slices > 0)
        )
        or (
            slices.unknown_slices = 0
            and abs(totals.numerator - slices.numerator)
            > case
                when totals.store_id = 'all' then 0.005 * (1 + slices.slices_there)
                else 0
            end
        )

)

select * from differences
