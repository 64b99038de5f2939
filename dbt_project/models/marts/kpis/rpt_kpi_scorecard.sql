{{ config(materialized='view') }}

with

-- Days that the feeds have not reached have no number, but do have a status.
kpi_days as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        value,
        numerator,
        denominator,
        missing_reason,
        currency,
        stores_counted,
        stores_expected,
        coalesce(missing_reason, '') = 'no_exchange_rate' as lacks_rate,
        coalesce(stores_counted > 0 and stores_counted < stores_expected, false)
            as lacks_stores
    from {{ sibling_mart('fct_kpi_daily') }}
    union all
    select
        readiness.kpi_date,
        readiness.kpi,
        readiness.store_id,
        'all' as dimension,
        'all' as member,
        null as value,  -- noqa: RF04
        null as numerator,
        null as denominator,
        'not_counted' as missing_reason,
        null as currency,
        null as stores_counted,
        null as stores_expected,
        false as lacks_rate,
        false as lacks_stores
    from {{ ref('int_kpi_readiness_status') }} as readiness
    left join {{ sibling_mart('fct_kpi_daily') }} as numbers
        on
            readiness.kpi = numbers.kpi
            and readiness.kpi_date = numbers.kpi_date
            and readiness.store_id = numbers.store_id
            and numbers.dimension = 'all'
    where numbers.kpi is null

),

kpi_scorecard as (

    select
        kpi_days.kpi_date,
        kpi_days.kpi,
        kpis.name_en,
        kpis.name_zh,
        kpis.area,
        kpi_days.store_id,
        kpi_days.dimension,
        kpi_days.member,
        kpi_days.value,
        kpis.unit,
        kpi_days.currency,
        kpis.direction,
        kpi_days.numerator,
        kpi_days.denominator,
        kpi_days.missing_reason,
        case
            when kpi_days.lacks_rate then 'unknown'
            when kpi_days.lacks_stores and readiness.status = 'ready' then 'partial'
            else readiness.status
        end as status,
        -- all feeds may be well and a store have no number, as without a target
        case
            when kpi_days.lacks_rate then 'no_exchange_rate'
            when kpi_days.lacks_stores and readiness.feed is null then 'stores_missing'
            else readiness.status_reason
        end as status_reason,
        case when kpi_days.lacks_rate then 'fx_rates' else readiness.feed end
            as worst_feed,
        case when not kpi_days.lacks_rate then readiness.status_since end
            as status_since,
        readiness.rows_refused,
        readiness.amount_refused,
        kpi_days.stores_counted,
        kpi_days.stores_expected

    from kpi_days
    left join {{ sibling_mart('dim_kpis') }} as kpis
        on kpi_days.kpi = kpis.kpi
    left join {{ ref('int_kpi_readiness_status') }} as readiness
        on
            kpi_days.kpi = readiness.kpi
            and kpi_days.kpi_date = readiness.kpi_date
            and kpi_days.store_id = readiness.store_id

)

select * from kpi_scorecard
