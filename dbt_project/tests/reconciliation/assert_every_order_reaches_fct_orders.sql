-- For each store, accepted orders and fct_orders agree in number and in goods value,
-- over the days this build replaced. A difference means that a join dropped or doubled
-- orders.
with

accepted_and_built as (

    select
        orders.store_id,
        1 as order_count,
        orders.goods_amount
    from {{ ref('stg_orders') }} as orders
    inner join {{ ref('stg_stores') }} as stores
        on orders.store_id = stores.store_id
    where {{ is_rebuilt('fct_orders', 'orders.event_date') }}

    union all

    select
        store_id,
        -1 as order_count,
        -goods_amount as goods_amount
    from {{ ref('fct_orders') }}
    where {{ is_rebuilt('fct_orders') }}

),

differences as (

    select
        store_id,
        sum(order_count) as orders_missing,
        sum(goods_amount) as goods_amount_missing
    from accepted_and_built
    group by store_id
    having sum(order_count) <> 0 or sum(goods_amount) <> 0

)

select * from differences
