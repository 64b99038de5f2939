-- The planner's targets, those saved in the window; counts have no currency. The
-- measures use our own words already. A moment that cannot be read goes through as it
-- is, for validation to refuse.
select
    shop as store_id,
    measure as metric,
    ccy as currency,
    target as value,
    day as target_date,
    coalesce(cast(try_cast(saved as timestamp) as varchar), saved) as updated_at
from targets
where coalesce(
    try_cast(saved as timestamp) >= :window_start
    and try_cast(saved as timestamp) < :window_end,
    true
)
