-- The marketing department's calendar. A row without shop_code is for all stores.
select
    entry_no as event_id,
    kind,
    title_en as name_en,
    title_zh as name_zh,
    first_day as starts_on,
    last_day as ends_on,
    shop_code as store_id,
    modified as updated_at
from marketing_calendar
where modified >= :window_start and modified < :window_end
