-- Olist sells for its 3,095 sellers under its own name: one shop front on other marketplaces. The
-- files do not name it; what is not in their columns is written here.
select
    'olist' as store_id,
    'Olist' as store_name,
    'marketplace' as platform,
    'America/Sao_Paulo' as timezone,
    'BRL' as currency,
    min(
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_purchase_timestamp, '%m/%d/%Y %H:%M')
            )
        )
    ) as opened_at,
    -- Nobody states when the shop's own row changed, so every window restates it.
    :window_start as updated_at
from orders_file
