{{ config(materialized='table') }}

-- Money given back for goods, added up over everything that decides where in the bridge
-- it stands.
with

refunds as (

    select * from {{ ref('fct_refunds') }}
    where is_goods and refund_date is not null

),

orders as (

    select
        order_key,
        is_test,
        is_cancelled
    from {{ ref('int_bridge_orders') }}

),

refunds_summed as (

    select
        refunds.store_id,
        refunds.refund_date,
        refunds.is_counted,
        coalesce(orders.is_test, false) as is_test,
        coalesce(orders.is_cancelled, false) as is_cancelled,
        sum(refunds.goods_amount) as goods_amount

    from refunds
    left join orders
        on refunds.order_key = orders.order_key
    group by
        refunds.store_id,
        refunds.refund_date,
        refunds.is_counted,
        coalesce(orders.is_test, false),
        coalesce(orders.is_cancelled, false)

)

select * from refunds_summed
