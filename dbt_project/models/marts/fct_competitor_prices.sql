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
        is_in_stock,
        own_price,
        price_ratio,
        currency,
        captured_at,
        event_date

    from competitor_prices

)

select * from prices
