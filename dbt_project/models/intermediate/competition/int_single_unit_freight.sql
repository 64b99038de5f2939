-- What customers who ordered one unit of a SKU and nothing else were charged for
-- shipping: what the product's page leaves out of its price.
with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        is_goods
        and is_valid_order

),

orders as (

    select * from {{ ref('fct_orders') }}

),

single_unit_orders as (

    select
        order_key,
        max(sku) as sku
    from order_lines
    group by order_key
    having sum(quantity) = 1 and max(sku) is not null

),

single_unit_freight as (

    select
        orders.store_id,
        single_unit_orders.sku,
        orders.order_date,
        count(*) as orders,
        sum(orders.shipping_charged) as shipping_charged

    from single_unit_orders

    inner join orders
        on single_unit_orders.order_key = orders.order_key

    group by orders.store_id, single_unit_orders.sku, orders.order_date

)

select * from single_unit_freight
