-- Lines of orders; `line_type` uses our own words already. The list price is `msrp`.
select
    shop_code as store_id,
    order_no as order_id,
    line_no as order_line_id,
    item_no as sku,
    cat as category,
    line_type as line_kind,
    ccy as currency,
    qty as quantity,
    unit_price,
    msrp as list_price,
    line_discount,
    cost as unit_cost,
    placed_at as created_at,
    modified as updated_at
from sales_order_items
where modified >= :window_start and modified < :window_end
