with

products as (

    select
        {{ surrogate_key(['store_id', 'sku']) }} as product_key,
        store_id,
        sku,
        spu,
        product_name,
        category,
        brand,
        status,
        currency,
        list_price,
        price,
        unit_cost,
        listed_at,
        delisted_at

    from {{ ref('stg_products') }}

)

select * from products
