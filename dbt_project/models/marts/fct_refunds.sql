{{ config(**incremental_by_event_date()) }}

with

refunds as (

    select * from {{ ref('int_refunds_dated') }}
    where {{ is_rebuilt('fct_refunds') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

refunds_with_order as (

    select
        refunds.*,
        exchange_rates.rate,
        orders.channel,
        orders.order_key is not null as is_order_known,
        -- what was never counted as a sale cannot be taken off sales; money given back
        -- for an order nobody knows is believed rather than hidden
        coalesce(orders.is_valid_order and orders.is_paid, true) as is_counted,
        case
            when refunds.order_id is not null
                then {{ surrogate_key(['refunds.store_id', 'refunds.order_id']) }}
        end as order_key

    from refunds

    left join orders
        on
            refunds.store_id = orders.store_id
            and refunds.order_id = orders.order_id

    left join exchange_rates
        on
            refunds.currency = exchange_rates.currency
            and coalesce(refunds.refund_date, refunds.requested_date)
            >= exchange_rates.valid_from
            and coalesce(refunds.refund_date, refunds.requested_date)
            < exchange_rates.valid_to

),

refunds_in_both_currencies as (

    select
        {{ surrogate_key(['store_id', 'refund_id']) }} as refund_key,
        store_id,
        refund_id,
        order_key,
        order_id,
        sku,
        category,
        channel,
        refund_kind,
        reason_code,
        status,
        currency,
        coalesce(quantity, 0) as quantity,
        {{ amount('coalesce(amount, 0)') }} as goods_amount,
        {{ amount('coalesce(tax, 0)') }} as tax,
        {{ amount('coalesce(shipping_refund, 0)') }} as shipping_refund,
        {{ amount('round(coalesce(amount, 0) * rate, 2)') }}
            as goods_amount_reporting,
        -- a refund of a whole order names no line: its amount is the goods'
        coalesce(line_kind, 'goods') = 'goods' as is_goods,
        is_order_known,
        is_counted,
        requested_at,
        refunded_at,
        requested_date,
        refund_date,
        event_date

    from refunds_with_order

)

select * from refunds_in_both_currencies
