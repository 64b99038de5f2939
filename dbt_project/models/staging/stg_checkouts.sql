with

source as (

    {{ latest_accepted('checkouts') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        event_id,
        cart_id,
        checkout_id,
        session_id,
        visitor_id,
        customer_id,
        order_id,

        ---------- text
        event_type,
        pay_type,
        currency,

        ---------- numerics
        cast(cart_value as decimal(18, 2)) as cart_value,

        ---------- timestamps
        occurred_at,
        received_at,
        _event_day as event_date

    from source

)

select * from renamed
