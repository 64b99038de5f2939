with

source as (

    {{ latest_accepted('traffic') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        event_id,
        session_id,
        visitor_id,
        customer_id,
        campaign_id,
        order_id,
        sku,

        ---------- text
        event_type,
        channel,
        device,
        page_path,
        user_agent,

        ---------- timestamps
        occurred_at,
        received_at,
        _event_day as event_date

    from source

)

select * from renamed
