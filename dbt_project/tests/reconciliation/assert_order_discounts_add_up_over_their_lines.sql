-- The discounts on an order's lines are the lines' own and the order's, to the cent, of
-- who bears them each.
-- Orders without a line of goods keep theirs: there is nothing to put it on.
with

orders as (

    select
        order_key,
        discount_merchant,
        discount_platform
    from {{ ref('fct_orders') }}
    where {{ is_rebuilt('fct_order_lines') }}

),

order_lines_summed as (

    select
        order_key,
        sum(discount_merchant - line_discount) as allocated_merchant,
        sum(discount_platform) as allocated_platform,
        sum(case when is_goods then 1 else 0 end) as goods_lines
    from {{ ref('fct_order_lines') }}
    where {{ is_rebuilt('fct_order_lines') }}
    group by order_key

),

differences as (

    select
        orders.order_key,
        orders.discount_merchant,
        orders.discount_platform,
        order_lines_summed.allocated_merchant,
        order_lines_summed.allocated_platform
    from orders
    inner join order_lines_summed
        on orders.order_key = order_lines_summed.order_key
    where
        order_lines_summed.goods_lines > 0
        and (
            orders.discount_merchant <> order_lines_summed.allocated_merchant
            or orders.discount_platform <> order_lines_summed.allocated_platform
        )

)

select * from differences
