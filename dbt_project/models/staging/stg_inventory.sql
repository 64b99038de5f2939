with

source as (

    {{ latest_accepted('inventory') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        warehouse_id,
        sku,

        ---------- text
        currency,

        ---------- numerics
        on_hand,
        reserved,
        available,
        in_transit,
        damaged,
        cast(unit_cost as decimal(18, 2)) as unit_cost,

        ---------- timestamps
        first_received_at,
        snapshot_at,
        _event_day as event_date

    from source

)

select * from renamed
