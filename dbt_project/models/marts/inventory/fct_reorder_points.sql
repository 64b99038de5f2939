{{ config(**rebuilt_whole('business_date')) }}

with

products as (

    select * from {{ ref('int_products_supplied') }}

),

products_with_safety as (

    select
        *,
        cast(
            {{ var('reorder_z') }} * sqrt(
                lead_time_days * power(cast(demand_deviation as double), 2)
                + power(cast(demand_per_day as double) * lead_time_deviation, 2)
            ) as decimal(18, 4)
        ) as safety_stock

    from products

),

products_with_point as (

    select
        *,
        cast(
            ceil(demand_per_day * lead_time_days + safety_stock) as bigint
        ) as reorder_point

    from products_with_safety

),

reorder_points as (

    select
        product_day_key,
        store_id,
        sku,
        business_date,
        category,
        available,
        on_order,
        stock_position,
        demand_per_day,
        demand_deviation,
        lead_time_days,
        lead_time_deviation,
        purchases_known,
        is_own_lead_time,
        safety_stock,
        reorder_point,
        stock_position < reorder_point as needs_reorder,
        cast(
            case
                when stock_position < reorder_point
                    then
                        reorder_point - stock_position
                        + ceil(demand_per_day * {{ var('reorder_review_days') }})
                else 0
            end as bigint
        ) as suggested_quantity,
        case
            when stock_position < reorder_point then business_date
            -- a stock for more than ten years needs no date, and dates end somewhere
            when stock_position - reorder_point < 3650 * demand_per_day
                then {{ add_days(
                    'business_date',
                    'cast(floor((stock_position - reorder_point) / demand_per_day)'
                    ~ ' as integer)'
                ) }}
        end as last_safe_order_date

    from products_with_point

)

select * from reorder_points
