-- Report lines of all advertising platforms, as the marketing hub collected them; the
-- hub takes the window's bounds itself, half-open, by the moment a line last changed.
-- A moment that cannot be read goes through as it is, for validation to refuse.
select
    record ->> '$.shop' as store_id,
    record ->> '$.network' as ad_platform,
    record ->> '$.account' as account_id,
    record ->> '$.account_tz' as account_timezone,
    record ->> '$.campaign' as campaign_id,
    record ->> '$.campaign_title' as campaign_name,
    record ->> '$.ad_group' as ad_group_id,
    record ->> '$.channel' as channel,
    record ->> '$.item_no' as sku,
    record ->> '$.ccy' as currency,
    record ->> '$.cost' as spend,
    record ->> '$.shows' as impressions,
    record ->> '$.clicks' as clicks,
    record ->> '$.conv' as conversions,
    record ->> '$.conv_value' as conversion_value,
    record ->> '$.conv_new' as new_customer_conversions,
    record ->> '$.day' as report_date,
    coalesce(
        cast(try_cast(record ->> '$.modified' as timestamp) as varchar),
        record ->> '$.modified'
    ) as updated_at
from ad_reports
