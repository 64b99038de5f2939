{{ config(**rebuilt_whole('kpi_date')) }}

-- The worst feed decides the status of the KPI.
with

kpi_feeds as (

    select * from {{ ref('int_kpi_feed_readiness') }}

),

worst_first as (

    select
        *,
        sum(rows_refused) over (partition by store_id, kpi, kpi_date)
            as rows_refused_in_all,
        sum(amount_refused) over (partition by store_id, kpi, kpi_date)
            as amount_refused_in_all,
        row_number() over (
            partition by store_id, kpi, kpi_date
            order by badness desc, status_since asc, feed asc
        ) as place
    from kpi_feeds

),

kpi_readiness as (

    select
        {{ surrogate_key(['store_id', 'kpi', 'kpi_date']) }} as readiness_key,
        store_id,
        kpi,
        kpi_date,
        case when badness = 1 then 'partial' else status end as status,
        case when badness = 1 then 'ripens' else status_reason end as status_reason,
        case when badness > 1 then feed end as feed,
        badness,
        status_since,
        cast(rows_refused_in_all as bigint) as rows_refused,
        {{ amount('amount_refused_in_all') }} as amount_refused

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
