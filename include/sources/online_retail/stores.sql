-- The file knows one shop and does not name it; what is not in its columns is written here.
select
    'online_retail_uk' as store_id,
    'Online Retail UK' as store_name,
    'own_site' as platform,
    'Europe/London' as timezone,
    'GBP' as currency,
    -- The first invoice of these files; when the shop opened is not known. Files that begin later
    -- give a later day, which takes no earlier day of trade away.
    min(
        timezone('UTC', timezone('Europe/London', try_cast("InvoiceDate" as timestamp)))
    ) as opened_at,
    -- Nobody states when the shop's own row changed, so every window restates it.
    :window_start as updated_at
from invoice_lines
