-- Refunds with what their order says of them: whether they count, how long after its
-- payment they came, and whether they can be right.
with

refunds as (

    select * from {{ ref('int_refunds_dated') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

refunds_with_order as (

    select
        refunds.*,
        orders.channel,
        orders.paid_date as order_paid_date,
        orders.paid_amount + orders.gift_card_amount as order_paid_amount,
        orders.deposit_amount as order_deposit_amount,
        orders.order_key is not null as is_order_known,
        -- what was never counted as a sale cannot be taken off sales; money given back
        -- for an order nobody knows is believed rather than hidden
        coalesce(orders.is_valid_order and orders.is_paid, true) as is_counted,
        case
            when refunds.order_id is not null
                then {{ surrogate_key(['refunds.store_id', 'refunds.order_id']) }}
        end as order_key,
        coalesce(refunds.amount, 0)
        + coalesce(refunds.tax, 0)
        + coalesce(refunds.shipping_refund, 0) as refund_amount

    from refunds

    left join orders
        on
            refunds.store_id = orders.store_id
            and refunds.order_id = orders.order_id

),

refunds_validity as (

    select
        *,
        {{ dbt.datediff('order_paid_date', 'refund_date', 'day') }}
            as days_after_payment,
        coalesce(
            refund_amount > order_paid_amount and refund_amount > order_deposit_amount,
            false
        ) as is_larger_than_order

    from refunds_with_order

)

select * from refunds_validity
