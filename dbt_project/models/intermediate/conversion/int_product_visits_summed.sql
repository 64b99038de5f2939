-- Page views of each SKU and payments for it, by day.
with

product_views as (

    select * from {{ ref('fct_product_views') }}

),

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

-- Each order of a guest is a buyer of its own.
product_sales as (

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

),

views_and_sales as (

    select
        store_id,
        sku,
        business_date,
        product_views,
        visitors,
        0 as buyers,
        0 as units_sold,
        0 as sales_amount
    from product_views

    union all

    select
        store_id,
        sku,
        paid_date as business_date,
        0 as product_views,
        0 as visitors,
        buyers,
        units_sold,
        sales_amount
    from product_sales

),

visit_days as (

    select
        store_id,
        sku,
        business_date,
        sum(product_views) as product_views,
        sum(visitors) as visitors,
        sum(buyers) as buyers,
        sum(units_sold) as units_sold,
        sum(sales_amount) as sales_amount
    from views_and_sales
    group by store_id, sku, business_date

)

select * from visit_days
