-- For each store, accepted lines of purchase orders and fct_purchase_orders agree in
-- number and units, over the days this build replaced. A difference means that looking
-- up stores dropped or doubled lines.
with

accepted_and_built as (

    select
        purchase_orders.store_id,
        1 as line_count,
        purchase_orders.qty_ordered
    from {{ ref('stg_purchase_orders') }} as purchase_orders
    inner join {{ ref('stg_stores') }} as stores
        on purchase_orders.store_id = stores.store_id
    where {{ is_rebuilt('fct_purchase_orders', 'purchase_orders.event_date') }}

    union all

    select
        store_id,
        -1 as line_count,
        -qty_ordered as qty_ordered
    from {{ ref('fct_purchase_orders') }}
    where {{ is_rebuilt('fct_purchase_orders') }}

),

differences as (

    select
        store_id,
        sum(line_count) as lines_missing,
        sum(qty_ordered) as units_missing
    from accepted_and_built
    group by store_id
    having sum(line_count) <> 0 or sum(qty_ordered) <> 0

)

select * from differences
