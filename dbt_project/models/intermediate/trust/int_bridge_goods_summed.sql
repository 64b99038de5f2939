{{ config(materialized='table') }}

-- Goods sold, added up over everything that decides on which day and line of the bridge
-- they stand.
with

goods as (

    select
        order_key,
        gross_amount,
        discount_amount
    from {{ ref('fct_order_lines') }}
    where is_goods

),

orders as (

    select * from {{ ref('int_bridge_orders') }}

),

goods_summed as (

    select
        orders.store_id,
        orders.order_date,
        orders.paid_date,
        orders.pacific_date,
        orders.is_cod,
        orders.is_counted,
        orders.is_cancelled,
        orders.invalid_reason,
        sum(goods.gross_amount) as gross_amount,
        sum(goods.discount_amount) as discount_amount

    from goods
    inner join orders
        on goods.order_key = orders.order_key
    group by
        orders.store_id,
        orders.order_date,
        orders.paid_date,
        orders.pacific_date,
        orders.is_cod,
        orders.is_counted,
        orders.is_cancelled,
        orders.invalid_reason

)

select * from goods_summed
