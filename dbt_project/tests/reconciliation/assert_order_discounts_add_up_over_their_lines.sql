-- The discounts on an order's lines are the lines' own and the order's, to the cent.
-- Orders without a line of goods keep theirs: there is nothing to put it on.
with

orders as (

    select
        order_key,
        discount_merchant + discount_platform as order_discount
    from {{ ref('fct_orders') }}
    where {{ is_rebuilt('fct_order_lines') }}

),

order_lines_summed as (

    select
        order_key,
        sum(discount_amount - line_discount) as allocated_discount,
        sum(case when is_goods then 1 else 0 end) as goods_lines
    from {{ ref('fct_order_lines') }}
    where {{ is_rebuilt('fct_order_lines') }}
    group by order_key

),

differences as (

    select
        orders.order_key,
        orders.order_discount,
        order_lines_summed.allocated_discount
    from orders
    inner join order_lines_summed
        on orders.order_key = order_lines_summed.order_key
    where
        order_lines_summed.goods_lines > 0
        and orders.order_discount <> order_lines_summed.allocated_discount

)

select * from differences
