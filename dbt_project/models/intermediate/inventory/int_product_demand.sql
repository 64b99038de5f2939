-- Demand of each SKU as its last 28 days in stock show it. Days on which it could not
-- be bought are left out, or an empty shelf would look like a lack of interest.
with

days_in_stock as (

    select
        store_id,
        sku,
        business_date,
        in_stock_number,
        -- lines that take units off again are no demand
        case when units_sold > 0 then units_sold else 0 end as units

    from {{ ref('int_product_days_windowed') }}
    where is_in_stock

),

product_demand as (

    select
        store_id,
        sku,
        in_stock_number,
        cast(
            count(*) over (
                partition by store_id, sku order by business_date
                rows between 27 preceding and current row
            ) as bigint
        ) as demand_days,
        cast(
            sum(units) over (
                partition by store_id, sku order by business_date
                rows between 27 preceding and current row
            ) as bigint
        ) as demand_units,
        cast(
            sum(units * units) over (
                partition by store_id, sku order by business_date
                rows between 27 preceding and current row
            ) as bigint
        ) as demand_squares

    from days_in_stock

)

select * from product_demand
