{{ config(**compared_with_last_build()) }}

-- Days of a feed that nobody asked for in time, and of which nothing else has come.
with

feed_readiness as (

    select * from {{ ref('int_feed_readiness') }}

),

feed_days_not_captured as (

    select
        store_id,
        feed,
        business_date as kpi_date
    from feed_readiness
    where
        status_reason = 'not_captured'
        and status = 'unknown'
        and {{ is_one_of_feeds('feed', counted_feeds()) }}

)

select * from feed_days_not_captured
