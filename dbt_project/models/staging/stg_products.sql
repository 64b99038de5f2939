with

source as (

    {{ latest_accepted('products') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        sku,
        spu,

        ---------- text
        product_name,
        category,
        brand,
        status,
        currency,

        ---------- numerics
        cast(list_price as decimal(18, 2)) as list_price,
        cast(price as decimal(18, 2)) as price,
        cast(unit_cost as decimal(18, 2)) as unit_cost,

        ---------- timestamps
        listed_at,
        delisted_at,
        updated_at

    from source

)

select * from renamed
