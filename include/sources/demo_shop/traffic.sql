-- Events by the moment the log server received them, which may be hours after they
-- happened. A moment that cannot be read goes through as it is, for validation to
-- refuse: by the file's hour the event belongs to this window.
select
    shop as store_id,
    id as event_id,
    session as session_id,
    visitor as visitor_id,
    customer as customer_id,
    type as event_type,
    channel,
    campaign as campaign_id,
    device,
    path as page_path,
    sku,
    "order" as order_id,
    ua as user_agent,
    coalesce(cast(try_cast(ts as timestamp) as varchar), ts) as occurred_at,
    coalesce(cast(try_cast(received as timestamp) as varchar), received) as received_at
from events
where coalesce(
    try_cast(received as timestamp) >= :window_start
    and try_cast(received as timestamp) < :window_end,
    true
)
