-- Listing pages lie at /<competitor>/<market>/page/<n>; a market is the home of one of
-- our stores. `mpn` is our item number where the competitor states it: a sure match. Some
-- show it as the maker's `model` instead, which may be the same for all variants. Without
-- either we would have to guess: SKU and confidence are null. Delivery is null where the
-- page does not state it. An availability that schema.org does not know goes through as
-- it is, for validation to refuse.
with listed as (
    select
        product,
        captured_at,
        regexp_extract(page_url, '^https?://[^/]+') as site,
        regexp_extract(page_url, '^https?://[^/]+/([^/]+)/', 1) as competitor,
        regexp_extract(page_url, '^https?://[^/]+/[^/]+/([^/]+)/', 1) as market,
        regexp_extract(product ->> '$.offers.availability', '[^/]*$') as availability,
        product ->> '$.url' as url
    from products
)

select
    case market
        when 'cn' then 'cn_market' when 'us' then 'us_site' when 'eu' then 'eu_shop'
        else market
    end as store_id,
    competitor,
    product ->> '$.sku' as competitor_sku,
    coalesce(product ->> '$.mpn', product ->> '$.model') as sku,
    product ->> '$.name' as product_name,
    product ->> '$.offers.priceCurrency' as currency,
    product ->> '$.offers.price' as price,
    product ->> '$.offers.priceSpecification.price' as list_price,
    product ->> '$.offers.shippingDetails.shippingRate.value' as shipping_price,
    case
        when product ->> '$.mpn' is not null then '1'
        when product ->> '$.model' is not null then '0.9'
    end as match_confidence,
    case
        when
            availability in ('InStock', 'LimitedAvailability', 'OnlineOnly')
            then 'true'
        when availability in ('OutOfStock', 'SoldOut', 'Discontinued') then 'false'
        else availability
    end as is_in_stock,
    case when url like '/%' then site || url else url end as url,
    captured_at
from listed
