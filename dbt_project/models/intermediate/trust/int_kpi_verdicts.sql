{{ config(materialized='ephemeral') }}

with

store_verdicts as (

    select * from {{ mart_beside('fct_kpi_readiness') }}

),

worst_first as (

    select
        *,
        sum(rows_held) over (partition by kpi, kpi_date) as rows_held_in_all,
        min(badness) over (partition by kpi, kpi_date) as least_badness,
        row_number() over (
            partition by kpi, kpi_date
            order by badness desc, since asc, store_id asc
        ) as place
    from store_verdicts

),

kpi_verdicts as (

    select
        store_id,
        kpi,
        kpi_date,
        verdict,
        reason,
        feed,
        since,
        rows_held,
        amount_held
    from store_verdicts
    union all
    select
        'all' as store_id,
        kpi,
        kpi_date,
        -- what one store does not have is a part of what all of them do
        case when badness > 2 and least_badness < 3 then 'partial' else verdict end
            as verdict,
        reason,
        feed,
        since,
        cast(rows_held_in_all as bigint) as rows_held,
        case when rows_held_in_all = 0 then amount_held end as amount_held
    from worst_first
    where place = 1

)

select * from kpi_verdicts
