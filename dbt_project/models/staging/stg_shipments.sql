with

source as (

    {{ latest_accepted('shipments') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        shipment_id,
        order_id,
        warehouse_id,
        tracking_no,

        ---------- text
        carrier,
        status,
        currency,

        ---------- numerics
        cast(freight_cost as decimal(18, 2)) as freight_cost,

        ---------- timestamps
        promised_ship_at,
        shipped_at,
        first_scan_at,
        promised_delivery_at,
        delivered_at,
        created_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
