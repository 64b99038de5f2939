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
        own_rows.first_row_on,
        -- of a store that does not say when it opened, nothing is left out
        least(
            coalesce(
                {{ store_local_date('stores.opened_at', 'stores.timezone') }},
                cast('1900-01-01' as date)
            ),
            trade.traded_from
        ) as open_from,
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
    left join {{ ref('int_first_days_of_feeds') }} as own_rows
        on
            stores.store_id = own_rows.store_id
            and own_rows.feed = case
                when {{ is_one_of_feeds('coverage.feed', counted_feeds()) }}
                    then coverage.feed
                else 'any_feed'
            end

),

feed_spans as (

    select
        store_id,
        feed,
        open_from,
        greatest(watched_from, least(open_from, first_row_on)) as first_day,
        last_day
    from covered_days

),

-- KPIs about feeds themselves must not end on the day that one of them does.
with_any_feed as (

    select * from feed_spans
    union all
    select
        store_id,
        'any_feed' as feed,
        min(open_from) as open_from,
        min(first_day) as first_day,
        max(last_day) as last_day
    from feed_spans
    group by store_id

)

select * from with_any_feed
