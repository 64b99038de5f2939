-- Refunds that lower sales, with what the goods they give money back for had cost. The
-- line is asked first, then the SKU within the order, and the whole order when the
-- refund names neither.
with

refunds as (

    select * from {{ ref('fct_refunds') }}
    where refund_date is not null and is_goods and is_counted

),

costs_of_orders as (

    select * from {{ ref('int_costs_of_orders') }}

),

refunds_with_costs as (

    select
        refunds.*,
        coalesce(
            of_line.is_cost_known, of_sku.is_cost_known, of_order.is_cost_known, false
        ) as is_cost_known,
        case
            when of_line.order_key is not null
                then
                    least(refunds.quantity, of_line.quantity)
                    * of_line.goods_cost
                    / nullif(of_line.quantity, 0)
            when of_sku.order_key is not null
                then
                    least(refunds.quantity, of_sku.quantity)
                    * of_sku.goods_cost
                    / nullif(of_sku.quantity, 0)
            -- the part of the order's value that is given back
            else
                of_order.goods_cost
                * least(refunds.goods_amount / nullif(of_order.net_amount, 0), 1)
        end as cost_of_refunded

    from refunds

    left join costs_of_orders as of_line
        on
            refunds.order_key = of_line.order_key
            and refunds.order_line_id = of_line.order_line_id

    left join costs_of_orders as of_sku
        on
            refunds.order_key = of_sku.order_key
            and refunds.sku = of_sku.sku
            and of_line.order_key is null

    left join costs_of_orders as of_order
        on
            refunds.order_key = of_order.order_key
            and of_order.order_line_id is null
            and of_order.sku is null
            and refunds.order_line_id is null
            and refunds.sku is null

),

refunds_with_cost as (

    select
        *,
        case
            when not is_cost_known then null
            -- money only: the goods stay sold
            when refund_kind = 'price_adjust' then 0
            else round(cost_of_refunded, 2)
        end as goods_cost

    from refunds_with_costs

)

select * from refunds_with_cost
