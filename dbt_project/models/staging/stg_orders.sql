with

source as (

    {{ latest_accepted('orders') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        order_id,
        customer_id,
        campaign_id,

        ---------- text
        channel,
        device,
        status,
        pay_type,
        coupon_code,
        cancelled_by,
        cancel_reason,
        currency,

        ---------- numerics
        cast(goods_amount as decimal(18, 2)) as goods_amount,
        cast(discount_merchant as decimal(18, 2)) as discount_merchant,
        cast(discount_platform as decimal(18, 2)) as discount_platform,
        cast(shipping_charged as decimal(18, 2)) as shipping_charged,
        cast(tax as decimal(18, 2)) as tax,
        cast(gift_card_amount as decimal(18, 2)) as gift_card_amount,
        cast(deposit_amount as decimal(18, 2)) as deposit_amount,
        cast(paid_amount as decimal(18, 2)) as paid_amount,

        ---------- booleans
        is_presale,
        is_test,

        ---------- timestamps
        created_at,
        deposit_paid_at,
        paid_at,
        cancelled_at,
        confirmed_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
