{{ config(materialized='table') }}

-- Every SKU on every day that competitors were tracked, as it was at the end of the
-- day, with its totals of the 28 days up to then. The days before the first are there
-- for those sums only and are taken away at the end.
with

sku_days as (

    select * from {{ ref('int_sku_daily_metrics') }}

),

sku_days_looking_back as (

    select
        store_id,
        sku,
        sku_date,
        first_day,
        ends_at,
        category,
        currency,
        price as own_price,
        is_live,
        coalesce(sum(sales_amount) over last_28_days, 0) as sales_28d,
        coalesce(sum(visitors) over last_7_days, 0) as visitors_7d,
        coalesce(sum(visitors) over last_28_days, 0) as visitors_28d,
        sum(shipping_charged) over last_28_days as shipping_28d,
        sum(orders) over last_28_days as single_unit_orders_28d,
        max(captured_at) over all_so_far as newest_captured_at

    from sku_days

    window
        all_so_far as (
            partition by store_id, sku order by sku_date
            rows between unbounded preceding and current row
        ),
        last_28_days as (
            partition by store_id, sku order by sku_date
            rows between 27 preceding and current row
        ),
        last_7_days as (
            partition by store_id, sku order by sku_date
            rows between 6 preceding and current row
        )

),

watched_sku_days as (

    select
        *,
        case
            when single_unit_orders_28d > 0
                then {{ amount('round(shipping_28d / single_unit_orders_28d, 2)') }}
        end as own_shipping
    from sku_days_looking_back
    where sku_date >= first_day

)

select * from watched_sku_days
