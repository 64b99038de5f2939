{{ config(**incremental_by_event_date()) }}

with

orders as (

    select * from {{ ref('int_orders_validity') }}
    where {{ is_rebuilt('fct_orders') }}

),

orders_with_rate as (

    select
        orders.*,
        exchange_rates.rate

    from orders

    {{ join_exchange_rates(
        'exchange_rates',
        'orders.currency',
        'coalesce(orders.paid_date, orders.order_date)'
    ) }}

),

orders_in_both_currencies as (

    select
        {{ surrogate_key(['store_id', 'order_id']) }} as order_key,
        store_id,
        order_id,
        customer_id,
        case
            when customer_id is null then {{ guest_key('store_id', 'order_id') }}
            else {{ account_key('store_id', 'customer_id') }}
        end as buyer_key,
        customer_id is null as is_guest,
        channel,
        campaign_id,
        device,
        status,
        pay_type,
        coupon_code,
        cancelled_by,
        currency,
        goods_amount,
        {{ amount('coalesce(discount_merchant, 0)') }} as discount_merchant,
        {{ amount('coalesce(discount_platform, 0)') }} as discount_platform,
        {{ amount('coalesce(shipping_charged, 0)') }} as shipping_charged,
        {{ amount('coalesce(tax, 0)') }} as tax,
        {{ amount('coalesce(gift_card_amount, 0)') }} as gift_card_amount,
        {{ amount('coalesce(deposit_amount, 0)') }} as deposit_amount,
        {{ amount('coalesce(paid_amount, 0)') }} as paid_amount,
        {{ amount('round(coalesce(paid_amount, 0) * rate, 2)') }}
            as paid_amount_reporting,
        coalesce(is_presale, false) as is_presale,
        coalesce(is_test, false) as is_test,
        is_valid_order,
        is_paid,
        is_paid_within_a_day,
        is_due_at_once,
        is_cancelled,
        invalid_reason,
        created_at,
        paid_at,
        cancelled_at,
        confirmed_at,
        settled_at,
        order_date,
        paid_date,
        event_date

    from orders_with_rate

)

select * from orders_in_both_currencies
