-- What is on sale and counted, with what is on order and how long purchases take.
with

products as (

    select * from {{ ref('fct_product_daily') }}
    where
        is_live
        and available is not null
        and demand_per_day is not null

),

products_supplied as (

    select
        products.product_day_key,
        products.store_id,
        products.sku,
        products.business_date,
        products.category,
        products.available,
        products.demand_per_day,
        coalesce(products.demand_deviation, 0) as demand_deviation,
        coalesce(orders.on_order, 0) as on_order,
        products.available + coalesce(orders.on_order, 0) as stock_position,
        coalesce(own.lead_time_days, stores.lead_time_days) as lead_time_days,
        coalesce(own.lead_time_deviation, stores.lead_time_deviation)
            as lead_time_deviation,
        coalesce(own.purchases, stores.purchases) as purchases_known,
        own.sku is not null as is_own_lead_time

    from products
    inner join {{ ref('int_lead_times') }} as stores
        on
            products.store_id = stores.store_id
            and stores.sku is null
            and products.business_date >= stores.known_from
            and products.business_date < stores.known_until
    left join {{ ref('int_lead_times') }} as own
        on
            products.store_id = own.store_id
            and products.sku = own.sku
            and products.business_date >= own.known_from
            and products.business_date < own.known_until
    left join {{ ref('int_units_on_order') }} as orders
        on
            products.store_id = orders.store_id
            and products.sku = orders.sku
            and products.business_date >= orders.known_from
            and products.business_date < orders.known_until

)

select * from products_supplied
