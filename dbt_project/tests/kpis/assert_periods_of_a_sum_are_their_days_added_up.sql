-- Of a KPI that is a sum, or a ratio of sums, a week's or month's numerator is that of
-- its days added up; a balance is that of its last day; of people there are at most as
-- many in a period as on its days together; of all stores where the same are known on each
-- day and in the period. A difference means that a period was not
-- rebuilt when one of its days was.
with

kpis as (

    select * from {{ ref('dim_kpis') }}
    where kpi_kind in ('sum', 'balance', 'distinct')

),

added_up as (

    select
        period_days.grain,
        period_days.period_start,
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.dimension,
        kpi_days.member,
        sum(kpi_days.numerator) as total,
        max(
            case
                when kpi_days.kpi_date = period_days.period_end then kpi_days.numerator
            end
        ) as of_last_day,
        count(*) - count(kpi_days.numerator) as unknown_days,
        min(coalesce(kpi_days.stores_counted, 1)) as fewest_stores,
        max(coalesce(kpi_days.stores_counted, 1)) as most_stores
    from {{ ref('fct_kpi_daily') }} as kpi_days
    inner join {{ ref('int_kpi_period_days') }} as period_days
        on kpi_days.kpi_date = period_days.kpi_date
    group by
        period_days.grain,
        period_days.period_start,
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.dimension,
        kpi_days.member

),

differences as (

    select
        periods.*,
        added_up.total,
        added_up.of_last_day
    from {{ ref('fct_kpi_periods') }} as periods
    inner join kpis
        on periods.kpi = kpis.kpi
    inner join added_up
        on
            periods.grain = added_up.grain
            and periods.period_start = added_up.period_start
            and periods.kpi = added_up.kpi
            and periods.store_id = added_up.store_id
            and periods.dimension = added_up.dimension
            and periods.member = added_up.member
    where
        added_up.unknown_days = 0
        and added_up.fewest_stores = coalesce(periods.stores_counted, 1)
        and added_up.most_stores = coalesce(periods.stores_counted, 1)
        and case kpis.kpi_kind
            when 'sum' then periods.numerator <> added_up.total
            when 'balance' then periods.numerator <> added_up.of_last_day
            else periods.numerator > added_up.total
        end

)

select * from differences
