-- Tickets of the service desk; it takes the window's bounds itself, half-open, by the
-- moment a ticket last changed. Kinds, channels and reasons use our own words already.
-- A moment that cannot be read goes through as it is, for validation to refuse.
select
    record ->> '$.shop' as store_id,
    record ->> '$.ticket_no' as ticket_id,
    record ->> '$.order_no' as order_id,
    record ->> '$.buyer_no' as customer_id,
    record ->> '$.channel' as channel,
    record ->> '$.kind' as kind,
    record ->> '$.reason' as reason_code,
    record ->> '$.agent' as agent_id,
    record ->> '$.reopens' as reopens,
    record ->> '$.replies' as replies,
    record ->> '$.survey' as csat,
    record ->> '$.too_late' as is_sla_breached,
    record ->> '$.at_platform' as is_escalated,
    coalesce(
        cast(try_cast(record ->> '$.opened' as timestamp) as varchar),
        record ->> '$.opened'
    ) as created_at,
    coalesce(
        cast(try_cast(record ->> '$.first_reply' as timestamp) as varchar),
        record ->> '$.first_reply'
    ) as first_reply_at,
    coalesce(
        cast(try_cast(record ->> '$.solved' as timestamp) as varchar),
        record ->> '$.solved'
    ) as solved_at,
    coalesce(
        cast(try_cast(record ->> '$.changed' as timestamp) as varchar),
        record ->> '$.changed'
    ) as updated_at
from tickets
