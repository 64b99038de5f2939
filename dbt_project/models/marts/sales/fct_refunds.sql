{{ config(**incremental_by_event_date()) }}

with

refunds as (

    select * from {{ ref('int_refunds_validity') }}
    where {{ is_rebuilt('fct_refunds') }}

),

refunds_with_rate as (

    select
        refunds.*,
        exchange_rates.rate

    from refunds

    {{ join_exchange_rates(
        'exchange_rates',
        'refunds.currency',
        'coalesce(refunds.refund_date, refunds.requested_date)'
    ) }}

),

refunds_in_both_currencies as (

    select
        {{ surrogate_key(['store_id', 'refund_id']) }} as refund_key,
        store_id,
        refund_id,
        order_key,
        order_id,
        order_line_id,
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
        {{ amount('refund_amount') }} as refund_amount,
        {{ amount('round(coalesce(amount, 0) * rate, 2)') }}
            as goods_amount_reporting,
        -- a refund of a whole order names no line: its amount is the goods'
        coalesce(line_kind, 'goods') = 'goods' as is_goods,
        is_order_known,
        is_counted,
        is_larger_than_order,
        requested_at,
        refunded_at,
        requested_date,
        refund_date,
        order_paid_date,
        cast(days_after_payment as bigint) as days_after_payment,
        event_date

    from refunds_with_rate

)

select * from refunds_in_both_currencies
