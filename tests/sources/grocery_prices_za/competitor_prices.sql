-- One row per line of a snapshot. Some names are listed twice, at times at two prices: those are
-- refused, since it is not known which of them is asked.
with prices_of_days as (
    select
        store,
        name,
        price,
        old_price,
        -- The file has the day and no hour: noon in Johannesburg, which has no summer time.
        try_cast(regexp_extract(file, '\d{4}-\d{2}-\d{2}') || ' 10:00:00' as timestamp)
            as captured_at
    from prices_read
)

select
    'our_grocery' as store_id,
    replace(lower(store), ' ', '_') as competitor,
    name as competitor_sku,
    null as sku,
    name as product_name,
    'ZAR' as currency,
    -- What is weighed has a price that was multiplied out, 47.08135: people pay whole cents.
    coalesce(cast(round(try_cast(price as decimal(18, 8)), 2) as varchar), price) as price,
    old_price as list_price,
    null as shipping_price,
    null as match_confidence,
    null as is_in_stock,
    null as url,
    captured_at
from prices_of_days
where captured_at >= :window_start and captured_at < :window_end
