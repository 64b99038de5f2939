-- One row per order, worth what its payments add up to.
--
-- 89,442 lines of the file hold nothing but commas: whoever cut it down emptied the rest of its lines.
-- They are no orders that lost their numbers, so they are left out here rather than quarantined. A line
-- that contains anything at all is landed, and validated.
with

orders_read as (

    select
        order_id,
        order_status,
        -- Brazilian time, to the minute; one in the hour that summer time leaves out is read as an
        -- hour later.
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_purchase_timestamp, '%m/%d/%Y %H:%M')
            )
        ) as purchased_at,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_approved_at, '%m/%d/%Y %H:%M')
            )
        ) as approved_at,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_delivered_carrier_date, '%m/%d/%Y %H:%M')
            )
        ) as handed_over_at,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_delivered_customer_date, '%m/%d/%Y %H:%M')
            )
        ) as delivered_at

    from orders_file

    where
        coalesce(
            order_id, customer_id, order_status, order_purchase_timestamp, order_approved_at,
            order_delivered_carrier_date, order_delivered_customer_date,
            order_estimated_delivery_date
        ) is not null

),

-- Cards, boletos, and vouchers too; who paid for a voucher is not known. Nine of 103,886 payments are of
-- 0.00 and add nothing.
payments as (

    select
        order_id,
        sum(cast(payment_value as decimal(18, 2))) as amount

    from payments_file

    group by order_id

),

items as (

    select
        order_id,
        sum(try_cast(price as decimal(18, 2))) as goods_amount,
        sum(try_cast(freight_value as decimal(18, 2))) as freight_amount

    from items_file

    group by order_id

),

orders_with_amounts as (

    select
        orders_read.*,
        payments.amount,
        items.goods_amount,
        items.freight_amount,
        -- One order arrived without a payment that was ever approved; it was paid when it left.
        coalesce(orders_read.approved_at, orders_read.handed_over_at) as paid_at,
        -- The newest of what is known; `greatest` passes over what has not happened.
        greatest(
            orders_read.purchased_at, orders_read.approved_at,
            orders_read.handed_over_at, orders_read.delivered_at
        ) as updated_at

    from orders_read

    left join payments
        on orders_read.order_id = payments.order_id

    left join items
        on orders_read.order_id = items.order_id

)

select
    'olist' as store_id,
    order_id,
    -- The file has a new customer_id for every order; who bought twice is not in these files.
    null as customer_id,
    null as channel,
    null as campaign_id,
    null as device,
    case order_status
        when 'created' then 'placed'
        when 'approved' then 'paid'
        when 'processing' then 'paid'
        when 'invoiced' then 'paid'
        when 'delivered' then 'completed'
        when 'canceled' then 'cancelled'
        -- The seller turned out not to have it.
        when 'unavailable' then 'cancelled'
        else order_status
    end as status,
    'online' as pay_type,
    null as coupon_code,
    case order_status when 'unavailable' then 'seller' end as cancelled_by,
    case order_status when 'unavailable' then 'out_of_stock' end as cancel_reason,
    'BRL' as currency,
    -- Nine orders in ten have no item lines here: then it is all that was asked for, freight with it.
    coalesce(goods_amount, amount) as goods_amount,
    0 as discount_merchant,
    0 as discount_platform,
    freight_amount as shipping_charged,
    0 as tax,
    0 as gift_card_amount,
    0 as deposit_amount,
    case when paid_at is null then 0 else amount end as paid_amount,
    false as is_presale,
    false as is_test,
    purchased_at as created_at,
    null as deposit_paid_at,
    paid_at,
    -- That an order was cancelled is known, when is not.
    null as cancelled_at,
    null as confirmed_at,
    updated_at
from orders_with_amounts
where (updated_at >= :window_start and updated_at < :window_end)
    -- An order whose dates cannot be read belongs to no window: it lands in each, and is refused.
    or updated_at is null
