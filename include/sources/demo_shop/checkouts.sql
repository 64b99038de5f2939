-- Steps of carts by the moment the log received them. Event types that we do not know
-- go through as they are, and so does a moment that cannot be read, for validation to
-- refuse: by the file's day the step belongs to a window of that day.
select
    shop as store_id,
    id as event_id,
    cart as cart_id,
    checkout as checkout_id,
    session as session_id,
    visitor as visitor_id,
    account as customer_id,
    case event
        when 'cart.created' then 'cart_created'
        when 'cart.item_added' then 'item_added'
        when 'checkout.started' then 'checkout_started'
        when 'payment.started' then 'payment_started'
        when 'payment.failed' then 'payment_failed'
        when 'payment.succeeded' then 'paid'
        when 'cart.expired' then 'abandoned'
        else event
    end as event_type,
    "order" as order_id,
    method as pay_type,
    ccy as currency,
    "value" as cart_value,
    coalesce(cast(try_cast("at" as timestamp) as varchar), "at") as occurred_at,
    coalesce(cast(try_cast(logged as timestamp) as varchar), logged) as received_at
from checkout_events
where coalesce(
    try_cast(logged as timestamp) >= :window_start
    and try_cast(logged as timestamp) < :window_end,
    true
)
