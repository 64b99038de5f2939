-- The first day of which each feed has a row of a store. Orders, their lines, refunds
-- and visits are left to int_first_days_of_trade: some are tests or bots. What only
-- describes or plans is needed from when there is anything to describe: `any_feed`.
with

feed_rows as (

    select * from {{ ref('int_feed_rows') }}
    where not {{ is_one_of_feeds('feed', feeds_filtered_by_facts()) }}

),

first_days_of_feeds as (

    select
        store_id,
        feed,
        min(business_date) as first_row_on
    from feed_rows
    group by store_id, feed
    union all
    select
        store_id,
        'any_feed' as feed,
        min(business_date) as first_row_on
    from feed_rows
    group by store_id

)

select * from first_days_of_feeds
