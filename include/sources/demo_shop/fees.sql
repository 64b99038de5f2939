-- The accountants' nightly settlements, by the moment they were booked. An entry is
-- repeated when it has been paid out, under the same number: of the bookings in a window
-- the last one is taken, as a database would show it; entries booked twice at once stay
-- two. Entry types that we do not know go through as they are, and so does a
-- moment that cannot be read, for validation to refuse.
select
    shop as store_id,
    entry_no as fee_id,
    order_no as order_id,
    case entry_type
        when 'commission' then 'platform_commission'
        when 'pay_fee' then 'payment'
        when 'pick_pack' then 'fulfilment'
        when 'box' then 'packaging'
        when 'subscription' then 'platform_service'
        else entry_type
    end as fee_type,
    ccy as currency,
    charge as amount,
    coalesce(cast(try_cast(charged_on as timestamp) as varchar), charged_on)
        as charged_at,
    coalesce(cast(try_cast(paid_out_on as timestamp) as varchar), paid_out_on)
        as settled_at,
    coalesce(cast(try_cast(booked as timestamp) as varchar), booked) as updated_at
from settlements
where coalesce(
    try_cast(booked as timestamp) >= :window_start
    and try_cast(booked as timestamp) < :window_end,
    true
)
qualify rank() over (partition by shop, entry_no order by booked desc) = 1
