-- For each store and day, the carts created and checkouts begun that were accepted are
-- those of fct_carts and fct_checkouts, over the days this build replaced. A difference
-- means that following them through their events dropped or doubled some.
with

accepted_and_built as (

    select distinct
        'cart' as followed,
        event_date,
        store_id,
        cart_id as followed_id,
        1 as delivered
    from {{ ref('stg_checkouts') }}
    where
        event_type = 'cart_created'
        and {{ is_rebuilt('fct_carts') }}

    union all

    select distinct
        'checkout' as followed,
        event_date,
        store_id,
        cart_id || ' ' || coalesce(checkout_id, cart_id) as followed_id,
        1 as delivered
    from {{ ref('stg_checkouts') }}
    where
        event_type = 'checkout_started'
        and {{ is_rebuilt('fct_checkouts') }}

    union all

    select
        'cart' as followed,
        event_date,
        store_id,
        cart_id as followed_id,
        -1 as delivered
    from {{ ref('fct_carts') }}
    where {{ is_rebuilt('fct_carts') }}

    union all

    select
        'checkout' as followed,
        event_date,
        store_id,
        cart_id || ' ' || checkout_id as followed_id,
        -1 as delivered
    from {{ ref('fct_checkouts') }}
    where {{ is_rebuilt('fct_checkouts') }}

),

differences as (

    select
        followed,
        event_date,
        store_id,
        followed_id,
        sum(delivered) as missing
    from accepted_and_built
    group by followed, event_date, store_id, followed_id
    having sum(delivered) <> 0

)

select * from differences
