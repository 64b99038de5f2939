with

source as (

    {{ latest_accepted('purchase_orders') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        po_line_id,
        po_id,
        supplier_id,
        warehouse_id,
        sku,

        ---------- text
        status,
        currency,

        ---------- numerics
        cast(unit_cost as decimal(18, 2)) as unit_cost,
        qty_ordered,
        qty_received,
        qty_defect,

        ---------- timestamps
        ordered_at,
        promised_at,
        received_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
