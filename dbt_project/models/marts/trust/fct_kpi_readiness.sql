{{ config(**rebuilt_whole('kpi_date')) }}

-- What is wrong with the feed that is worst speaks for the KPI.
with

kpi_feeds as (

    select * from {{ ref('int_kpi_feed_readiness') }}

),

worst_first as (

    select
        *,
        sum(rows_held) over (partition by store_id, kpi, kpi_date) as rows_held_in_all,
        sum(amount_held) over (partition by store_id, kpi, kpi_date)
            as amount_held_in_all,
        row_number() over (
            partition by store_id, kpi, kpi_date
            order by badness desc, since asc, feed asc
        ) as place
    from kpi_feeds

),

kpi_readiness as (

    select
        {{ surrogate_key(['store_id', 'kpi', 'kpi_date']) }} as readiness_key,
        store_id,
        kpi,
        kpi_date,
        case when badness = 1 then 'partial' else verdict end as verdict,
        case when badness = 1 then 'ripens' else reason end as reason,
        case when badness > 1 then feed end as feed,
        badness,
        since,
        cast(rows_held_in_all as bigint) as rows_held,
        {{ amount('amount_held_in_all') }} as amount_held

    from worst_first
    where place = 1

),

spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'any_feed'

),

-- Before a store opened, nobody waits for what its feeds do not know of it.
kpi_readiness_of_open_stores as (

    select kpi_readiness.*
    from kpi_readiness
    inner join spans
        on kpi_readiness.store_id = spans.store_id
    where
        kpi_readiness.kpi_date >= spans.open_from
        or exists (
            select 1 from {{ ref('int_kpi_store_days') }} as known
            where
                known.kpi_date = kpi_readiness.kpi_date
                and known.kpi = kpi_readiness.kpi
                and known.store_id = kpi_readiness.store_id
        )

)

select * from kpi_readiness_of_open_stores
