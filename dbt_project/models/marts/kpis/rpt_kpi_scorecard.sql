{{ config(materialized='view') }}

with

-- What the feeds have not reached is not counted, and has a verdict all the same.
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
    from {{ mart_beside('fct_kpi_days') }}
    union all
    select
        verdicts.kpi_date,
        verdicts.kpi,
        verdicts.store_id,
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
    from {{ ref('int_kpi_verdicts') }} as verdicts
    left join {{ mart_beside('fct_kpi_days') }} as numbers
        on
            verdicts.kpi = numbers.kpi
            and verdicts.kpi_date = numbers.kpi_date
            and verdicts.store_id = numbers.store_id
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
            when kpi_days.lacks_stores and verdicts.verdict = 'ready' then 'partial'
            else verdicts.verdict
        end as verdict,
        -- all feeds may be well and a store have no number, as without a target
        case
            when kpi_days.lacks_rate then 'no_exchange_rate'
            when kpi_days.lacks_stores and verdicts.feed is null then 'stores_missing'
            else verdicts.reason
        end as verdict_reason,
        case when kpi_days.lacks_rate then 'fx_rates' else verdicts.feed end
            as worst_feed,
        case when not kpi_days.lacks_rate then verdicts.since end as verdict_since,
        verdicts.rows_held,
        verdicts.amount_held,
        kpi_days.stores_counted,
        kpi_days.stores_expected

    from kpi_days
    left join {{ mart_beside('dim_kpis') }} as kpis
        on kpi_days.kpi = kpis.kpi
    left join {{ ref('int_kpi_verdicts') }} as verdicts
        on
            kpi_days.kpi = verdicts.kpi
            and kpi_days.kpi_date = verdicts.kpi_date
            and kpi_days.store_id = verdicts.store_id

)

select * from kpi_scorecard
