-- The shop's store fronts. `channel_type` uses our own words already.
select
    shop_code as store_id,
    title as store_name,
    channel_type as platform,
    tz_name as timezone,
    ccy as currency,
    opened as opened_at,
    modified as updated_at
from shops
where modified >= :window_start and modified < :window_end
