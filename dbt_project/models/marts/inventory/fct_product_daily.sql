{{ config(**rebuilt_whole('business_date')) }}

with

product_days as (

    select
        products.*,
        demand.demand_days,
        cast(
            cast(demand.demand_units as decimal(18, 4)) / demand.demand_days
            as decimal(18, 4)
        ) as demand_per_day,
        (
            demand.demand_days * demand.demand_squares
            - demand.demand_units * demand.demand_units
        )
        / nullif(demand.demand_days * (demand.demand_days - 1.0), 0) as demand_variance,
        products.business_date >= {{ add_days('products.sales_known_from', 29) }}
            as is_known_30d,
        products.business_date >= {{ add_days('products.sales_known_from', 59) }}
            as is_known_60d,
        coalesce(
            products.listed_date <= {{ add_days('products.business_date', -59) }}, true
        ) as is_listed_60d

    from {{ ref('int_product_days_windowed') }} as products
    left join {{ ref('int_product_demand') }} as demand
        on
            products.store_id = demand.store_id
            and products.sku = demand.sku
            and products.in_stock_number = demand.in_stock_number
    where
        products.is_live
        or products.on_hand <> 0
        or products.sold_60d <> 0
        or products.stock_value_30d <> 0

),

product_days_with_losses as (

    select
        *,
        cast(
            case
                when not is_counted then null
                when is_out_of_stock and demand_per_day > units_sold
                    then demand_per_day - units_sold
                else 0
            end as decimal(18, 4)
        ) as lost_units

    from product_days

),

product_days_rated as (

    select
        {{ surrogate_key(['store_id', 'sku', 'business_date']) }} as product_day_key,
        store_id,
        sku,
        business_date,
        category,
        currency,
        price,
        unit_cost,
        is_live,
        units_sold,
        case when is_known_30d then sold_30d end as sold_30d,
        case when is_known_60d then sold_60d end as sold_60d,
        case when is_known_30d then sold_30d > 0 end as is_sell_active,
        cast(demand_days as integer) as demand_days,
        demand_per_day,
        cast(sqrt(demand_variance) as decimal(18, 4)) as demand_deviation,
        is_counted,
        on_hand,
        available,
        on_hand > 0 as has_stock,
        is_out_of_stock,
        case
            when is_known_60d and on_hand > 0
                then sold_60d <= 0 and is_listed_60d
        end as is_dead_stock,
        {{ amount('stock_value_30d') }} as stock_value_30d,
        {{ amount('goods_cost_30d') }} as goods_cost_30d,
        lost_units,
        {{ amount('case
            when lost_units = 0 then 0
            when is_cost_comparable then round(lost_units * (price - unit_cost), 2)
        end') }} as lost_profit

    from product_days_with_losses

)

select * from product_days_rated
