-- Units of each SKU in orders paid on a day, and what they cost as far as the lines
-- say; the rest is left to who knows the cost of the stock.
with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        is_goods
        and is_paid
        and is_valid_order
        and sku is not null

),

product_sales_days as (

    select
        store_id,
        sku,
        paid_date as sold_date,
        cast(sum(quantity) as bigint) as units_sold,
        coalesce(sum(quantity * unit_cost), 0) as cost_known,
        cast(sum(case when unit_cost is null then quantity else 0 end) as bigint)
            as units_without_cost

    from order_lines
    group by store_id, sku, paid_date

)

select * from product_sales_days
