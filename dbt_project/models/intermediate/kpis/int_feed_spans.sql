{{ config(materialized='table') }}

with

stores as (

    select * from {{ ref('dim_stores') }}

),

coverage as (

    select * from {{ ref('fct_feed_coverage') }}

),

trade as (

    select * from {{ ref('int_first_days_of_trade') }}

),

-- A day counts from the first that began while the feed was watched: of the day it was
-- switched on only a part is known. The last one may still be open.
covered_days as (

    select
        stores.store_id,
        coverage.feed,
        trade.traded_from,
        {{ store_local_date('stores.opened_at', 'stores.timezone') }} as opened_date,
        {{ add_days(
            store_local_date(
                dbt.dateadd('second', -1, 'coverage.covered_from'), 'stores.timezone'
            ), 1
        ) }} as watched_from,
        {{ store_local_date(
            dbt.dateadd('second', -1, 'coverage.complete_until'), 'stores.timezone'
        ) }} as last_day

    from stores
    inner join coverage
        on stores.source_name = coverage.source_name
    left join trade
        on stores.store_id = trade.store_id

),

feed_spans as (

    select
        store_id,
        feed,
        case
            when opened_date <= watched_from or traded_from <= watched_from
                then watched_from
            when traded_from < opened_date then traded_from
            else coalesce(opened_date, watched_from)
        end as first_day,
        last_day

    from covered_days

),

-- What is said about feeds themselves must not end on the day that one of them does.
with_any_feed as (

    select * from feed_spans
    union all
    select
        store_id,
        'any_feed' as feed,
        min(first_day) as first_day,
        max(last_day) as last_day
    from feed_spans
    group by store_id

)

select * from with_any_feed
