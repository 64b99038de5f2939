-- The planner's advertising budgets, those saved in the window: one row per platform,
-- and one for `all`. A moment that cannot be read goes through as it is, for validation
-- to refuse.
select
    shop as store_id,
    'ad_spend' as budget_kind,
    platform as scope,
    ccy as currency,
    budget as amount,
    day as budget_date,
    coalesce(cast(try_cast(saved as timestamp) as varchar), saved) as updated_at
from ad_budgets
where coalesce(
    try_cast(saved as timestamp) >= :window_start
    and try_cast(saved as timestamp) < :window_end,
    true
)
