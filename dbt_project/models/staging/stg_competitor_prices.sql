with

source as (

    {{ latest_accepted('competitor_prices') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        competitor,
        competitor_sku,
        sku,

        ---------- text
        product_name,
        currency,
        url,

        ---------- numerics
        cast(price as decimal(18, 2)) as price,
        cast(list_price as decimal(18, 2)) as list_price,
        cast(shipping_price as decimal(18, 2)) as shipping_price,
        cast(match_confidence as decimal(18, 8)) as match_confidence,

        ---------- booleans
        is_in_stock,

        ---------- timestamps
        captured_at,
        _event_day as event_date

    from source

)

select * from renamed
