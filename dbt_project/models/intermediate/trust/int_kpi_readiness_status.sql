{{ config(materialized='ephemeral') }}

with

store_readiness as (

    select * from {{ sibling_mart('fct_kpi_readiness') }}

),

worst_first as (

    select
        *,
        sum(rows_refused) over (partition by kpi, kpi_date) as rows_refused_in_all,
        min(badness) over (partition by kpi, kpi_date) as least_badness,
        row_number() over (
            partition by kpi, kpi_date
            order by badness desc, status_since asc, store_id asc
        ) as place
    from store_readiness

),

kpi_readiness_status as (

    select
        store_id,
        kpi,
        kpi_date,
        status,
        status_reason,
        feed,
        status_since,
        rows_refused,
        amount_refused
    from store_readiness
    union all
    select
        'all' as store_id,
        kpi,
        kpi_date,
        -- what one store does not have is a part of what all of them do
        case when badness > 2 and least_badness < 3 then 'partial' else status end
            as status,
        status_reason,
        feed,
        status_since,
        cast(rows_refused_in_all as bigint) as rows_refused,
        case when rows_refused_in_all = 0 then amount_refused end as amount_refused
    from worst_first
    where place = 1

)

select * from kpi_readiness_status
