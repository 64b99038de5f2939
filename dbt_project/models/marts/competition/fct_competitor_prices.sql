{{ config(**incremental_by_event_date()) }}

with

competitor_prices as (

    select * from {{ ref('int_competitor_prices_compared') }}
    where {{ is_rebuilt('fct_competitor_prices') }}

),

prices as (

    select
        {{ surrogate_key(
            ['store_id', 'competitor', 'competitor_sku', 'captured_at']
        ) }} as price_key,
        store_id,
        sku,
        competitor,
        competitor_sku,
        category,
        capture_date,
        price as competitor_price,
        list_price as competitor_list_price,
        shipping_price,
        match_confidence,
        -- below 0.8 one match in five or more is another product, which would lead the
        -- lowest price; a mapping that gives no confidence names only what it is sure
        -- of
        sku is not null
        and coalesce(match_confidence, 1) >= 0.8 as is_confident_match,
        is_in_stock,
        own_price,
        price_ratio,
        currency,
        captured_at,
        event_date

    from competitor_prices

)

select * from prices
