{{ config(materialized='table') }}

-- Totals of the last 30 and 60 days of each SKU. Rows are days without a gap. Cost
-- of what was sold counts only on days whose stock has a value, so that both sides of a
-- turnover cover the same days.
with

product_days as (

    select * from {{ ref('int_product_daily') }}

),

product_days_windowed as (

    select
        *,
        cast(
            sum(units_sold) over (
                partition by store_id, sku order by business_date
                rows between 29 preceding and current row
            ) as bigint
        ) as sold_30d,
        cast(
            sum(units_sold) over (
                partition by store_id, sku order by business_date
                rows between 59 preceding and current row
            ) as bigint
        ) as sold_60d,
        sum(case when goods_cost is not null then stock_value end) over (
            partition by store_id, sku order by business_date
            rows between 29 preceding and current row
        ) as stock_value_30d,
        sum(case when stock_value is not null then goods_cost end) over (
            partition by store_id, sku order by business_date
            rows between 29 preceding and current row
        ) as goods_cost_30d,
        cast(
            sum(case when is_in_stock then 1 else 0 end) over (
                partition by store_id, sku order by business_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as in_stock_number

    from product_days

)

select * from product_days_windowed
