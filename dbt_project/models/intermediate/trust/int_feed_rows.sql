{{ config(**incremental_by_feed_day()) }}

-- How many rows of each feed happened in a store on a day. Counted straight from what
-- is accepted, because marts leave some out: a visit's events become one session. A row
-- whose source moved it to another day, against the contract, counts on both.
with

stores as (

    select
        store_id,
        timezone
    from {{ ref('stg_stores') }}

),

feed_rows as (
    {{ counted_feed_rows() }}
)

select * from feed_rows
