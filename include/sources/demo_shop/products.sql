-- What each store lists, at its price of now; `msrp` is the price struck through.
select
    shop_code as store_id,
    item_no as sku,
    style_no as spu,
    title as product_name,
    cat as category,
    brand_name as brand,
    state as status,
    ccy as currency,
    msrp as list_price,
    sell_price as price,
    cost as unit_cost,
    on_shelf_at as listed_at,
    off_shelf_at as delisted_at,
    modified as updated_at
from items
where modified >= :window_start and modified < :window_end
