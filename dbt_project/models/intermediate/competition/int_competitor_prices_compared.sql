-- A competitor's price and our own price of the same SKU at that moment.
with

competitor_prices as (

    select * from {{ ref('stg_competitor_prices') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

competitor_prices_compared as (

    select
        competitor_prices.*,
        product_versions.category,
        product_versions.price as own_price,
        -- prices in different currencies are not compared
        case
            when product_versions.currency = competitor_prices.currency
                then
                    cast(product_versions.price as double)
                    / nullif(cast(competitor_prices.price as double), 0)
        end as price_ratio,
        {{ store_local_date('competitor_prices.captured_at', 'stores.timezone') }}
            as capture_date

    from competitor_prices

    inner join stores
        on competitor_prices.store_id = stores.store_id

    left join product_versions
        on
            competitor_prices.store_id = product_versions.store_id
            and competitor_prices.sku = product_versions.sku
            and competitor_prices.captured_at >= product_versions.valid_from
            and competitor_prices.captured_at < product_versions.valid_to

)

select * from competitor_prices_compared
