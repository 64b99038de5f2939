-- Closing stock per warehouse and item; the API itself takes the window's bounds,
-- half-open. `first_in_at` is when the oldest unit that is still
-- there was received. A moment that cannot be read goes through as it is, for validation to
-- refuse.
select
    record ->> '$.shop' as store_id,
    record ->> '$.warehouse' as warehouse_id,
    record ->> '$.item_no' as sku,
    record ->> '$.on_hand' as on_hand,
    record ->> '$.reserved' as reserved,
    record ->> '$.available' as available,
    record ->> '$.in_transit' as in_transit,
    record ->> '$.damaged' as damaged,
    record ->> '$.cost' as unit_cost,
    record ->> '$.ccy' as currency,
    coalesce(
        cast(try_cast(record ->> '$.first_in_at' as timestamp) as varchar),
        record ->> '$.first_in_at'
    ) as first_received_at,
    coalesce(
        cast(try_cast(record ->> '$.snapshot_at' as timestamp) as varchar),
        record ->> '$.snapshot_at'
    ) as snapshot_at
from items
