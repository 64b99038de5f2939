-- Listing, sales and closing stock of each SKU and day side by side. A SKU was in stock
-- on a day when it was on sale and could be bought: some left at the close, or sold
-- before that, or stock is not counted at all. Only such days show what buyers want.
with

listed as (

    select * from {{ ref('int_product_days_listed') }}

),

sales as (

    select * from {{ ref('int_product_sales_daily') }}

),

stock as (

    select * from {{ ref('fct_stock_daily') }}

),

product_days as (

    select
        listed.store_id,
        listed.sku,
        listed.business_date,
        listed.sales_known_from,
        listed.listed_date,
        listed.category,
        listed.price,
        listed.currency,
        -- where stock is counted, live is what it was at the count (H6 says the same)
        coalesce(stock.is_live, listed.is_live) as is_live,
        coalesce(sales.units_sold, 0) as units_sold,
        stock.stock_key is not null as is_counted,
        stock.on_hand,
        stock.available,
        stock.unit_cost,
        stock.stock_value,
        stock.is_out_of_stock,
        coalesce(stock.currency = listed.currency, false) as is_cost_comparable,
        coalesce(sales.cost_known, 0)
        + case
            when coalesce(sales.units_without_cost, 0) = 0 then 0
            else sales.units_without_cost * stock.unit_cost
        end as goods_cost

    from listed
    left join sales
        on
            listed.store_id = sales.store_id
            and listed.sku = sales.sku
            and listed.business_date = sales.sold_date
    left join stock
        on
            listed.store_id = stock.store_id
            and listed.sku = stock.sku
            and listed.business_date = stock.business_date

),

product_days_in_stock as (

    select
        *,
        is_live and (available > 0 or units_sold > 0 or not is_counted) as is_in_stock

    from product_days

)

select * from product_days_in_stock
