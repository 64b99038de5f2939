-- Page views of each SKU and payments for it, by day.
with

product_views as (

    select * from {{ ref('fct_product_views') }}

),

product_sales as (

    select * from {{ ref('int_product_sales_summed') }}

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
