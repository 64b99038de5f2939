-- Reviews as they stand now. `is_negative` is 0 or 1; anything else goes through as it
-- is, for validation to refuse.
select
    shop_code as store_id,
    review_no as review_id,
    order_no as order_id,
    item_no as sku,
    score as stars,
    score_goods as stars_description,
    score_service as stars_service,
    score_delivery as stars_logistics,
    case is_negative
        when 1 then 'true' when 0 then 'false' else cast(is_negative as varchar(20))
    end as is_negative,
    written_at as created_at,
    modified as updated_at
from reviews
where modified >= :window_start and modified < :window_end
