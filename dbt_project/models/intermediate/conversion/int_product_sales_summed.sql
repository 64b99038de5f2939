-- What was paid for each SKU on each day, and by how many.
with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        is_goods
        and is_paid
        and is_valid_order
        and sku is not null

),

orders as (

    select * from {{ ref('fct_orders') }}

),

sales_summed as (

    select
        order_lines.store_id,
        order_lines.sku,
        order_lines.paid_date,
        count(distinct orders.buyer_key) as buyers,
        sum(order_lines.quantity) as units_sold,
        sum(order_lines.gross_amount - order_lines.discount_amount) as sales_amount

    from order_lines

    inner join orders
        on order_lines.order_key = orders.order_key

    group by order_lines.store_id, order_lines.sku, order_lines.paid_date

)

select * from sales_summed
