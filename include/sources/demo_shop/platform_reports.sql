-- What the platforms export of their own every morning, by the moment it was exported. A
-- day is repeated when the platform has restated it: of the exports in a window the last
-- one is taken, as a database would show it; a day exported twice at once stays two.
-- Figures that the bridge does not walk to go through as they are, and so does a moment
-- that cannot be read, for validation to refuse.
select
    shop as store_id,
    case platform || ' ' || figure
        when 'sycm pay_amount' then 'paid_gmv_sycm'
        when 'shopify net_sales' then 'net_sales_shopify'
        when 'daasity revenue' then 'rev_daasity'
        else platform || ' ' || figure
    end as variant,
    ccy as currency,
    amount,
    day as report_date,
    coalesce(cast(try_cast(exported as timestamp) as varchar), exported) as updated_at
from platform_exports
where coalesce(
    try_cast(exported as timestamp) >= :window_start
    and try_cast(exported as timestamp) < :window_end,
    true
)
qualify rank() over (
    partition by shop, platform, figure, day order by exported desc
) = 1
