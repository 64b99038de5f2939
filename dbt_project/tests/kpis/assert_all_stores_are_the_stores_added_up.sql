-- Of every KPI that is added up, and of both sides of a ratio, all stores together are
-- the sum of the stores that have both, money at the rate of the day and rounded once;
-- worked out from the published rows alone, as anybody can who doubts a total: a store
-- counts that has a value, or nothing to divide by.
-- A difference means that a total counts a store of which only one side is known, leaves
-- one out, or rounds on the way.
with

kpis as (

    select * from {{ ref('dim_kpis') }}
    where kpi_kind not in ('percentile', 'share')

),

kpi_days as (

    select
        kpi_days.*,
        kpis.unit,
        kpis.kpi_kind,
        exchange_rates.rate
    from {{ ref('fct_kpi_daily') }} as kpi_days
    inner join kpis
        on kpi_days.kpi = kpis.kpi
    left join {{ ref('dim_stores') }} as stores
        on kpi_days.store_id = stores.store_id
    left join {{ ref('int_exchange_rates') }} as exchange_rates
        on
            stores.currency = exchange_rates.currency
            and kpi_days.kpi_date >= exchange_rates.valid_from
            and kpi_days.kpi_date < exchange_rates.valid_to
    where {{ is_republished('kpi_days.kpi_date') }} and kpi_days.dimension = 'all'

),

stores_together as (

    select
        kpi_date,
        kpi,
        count(*) as stores_counted,
        sum(numerator) as amount,
        coalesce(round(sum(numerator * rate), 2), 0) as money,
        count(case when numerator <> 0 and rate is null then 1 end) as without_rate
    from kpi_days
    where
        store_id <> 'all'
        and coalesce(missing_reason, 'zero_denominator') = 'zero_denominator'
    group by kpi_date, kpi

),

differences as (

    select
        kpi_days.kpi_date,
        kpi_days.kpi,
        together.stores_counted,
        together.amount,
        together.money,
        together.without_rate,
        kpi_days.numerator,
        kpi_days.stores_counted as stores_published
    from kpi_days
    left join stores_together as together
        on
            kpi_days.kpi_date = together.kpi_date
            and kpi_days.kpi = together.kpi
    where
        kpi_days.store_id = 'all'
        and (
            kpi_days.stores_counted <> coalesce(together.stores_counted, 0)
            or (together.kpi is null and kpi_days.numerator is not null)
            or (
                kpi_days.unit = 'money'
                and together.without_rate = 0
                and kpi_days.numerator is distinct from together.money
            )
            or (
                kpi_days.unit = 'money'
                and together.without_rate > 0
                and kpi_days.numerator is not null
            )
            or (
                kpi_days.unit = 'count'
                and kpi_days.kpi_kind <> 'ratio'
                and kpi_days.numerator is distinct from together.amount
            )
        )

)

select * from differences
