-- For each store, accepted captures and fct_competitor_prices agree in number and in
-- the sum of prices, over the days this build replaced. A difference means that looking
-- up our own price dropped or doubled captures.
with

accepted_and_built as (

    select
        captures.store_id,
        1 as capture_count,
        captures.price
    from {{ ref('stg_competitor_prices') }} as captures
    inner join {{ ref('stg_stores') }} as stores
        on captures.store_id = stores.store_id
    where {{ is_rebuilt('fct_competitor_prices', 'captures.event_date') }}

    union all

    select
        store_id,
        -1 as capture_count,
        -competitor_price as price
    from {{ ref('fct_competitor_prices') }}
    where {{ is_rebuilt('fct_competitor_prices') }}

),

differences as (

    select
        store_id,
        sum(capture_count) as captures_missing,
        sum(price) as price_missing
    from accepted_and_built
    group by store_id
    having sum(capture_count) <> 0 or sum(price) <> 0

)

select * from differences
