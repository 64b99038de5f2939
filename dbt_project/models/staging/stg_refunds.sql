with

source as (

    {{ latest_accepted('refunds') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        refund_id,
        order_id,
        order_line_id,
        customer_id,
        sku,

        ---------- text
        category,
        line_kind,
        refund_kind,
        reason_code,
        status,
        currency,

        ---------- numerics
        quantity,
        cast(amount as decimal(18, 2)) as amount,
        cast(tax as decimal(18, 2)) as tax,
        cast(shipping_refund as decimal(18, 2)) as shipping_refund,

        ---------- timestamps
        requested_at,
        refunded_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
