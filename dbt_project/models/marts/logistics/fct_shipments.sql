{{ config(**incremental_by_event_date()) }}

with

shipments as (

    select * from {{ ref('int_shipments_dated') }}
    where {{ is_rebuilt('fct_shipments') }}

),

shipments_with_rate as (

    select
        shipments.*,
        exchange_rates.rate

    from shipments

    {{ join_exchange_rates(
        'exchange_rates',
        'shipments.currency',
        'coalesce(shipments.shipped_date, shipments.created_date)'
    ) }}

),

shipments_with_results as (

    select
        {{ surrogate_key(['store_id', 'shipment_id']) }} as shipment_key,
        {{ surrogate_key(['store_id', 'order_id']) }} as order_key,
        store_id,
        shipment_id,
        order_id,
        warehouse_id,
        carrier,
        status,
        currency,
        freight_cost,
        {{ amount('round(freight_cost * rate, 2)') }} as freight_cost_reporting,
        is_tracked,
        handed_over_at is not null as is_shipped,
        handed_over_at > promised_ship_at as is_shipped_late,
        delivered_at is not null as is_delivered,
        delivered_at > promised_delivery_at as is_delivered_late,
        coalesce(
            status in ('refused', 'lost', 'damaged', 'returned'), false
        ) as is_exception,
        -- a label that was printed after the parcel arrived says nothing of the way
        case
            when delivered_at >= handed_over_at
                then cast(
                    {{ elapsed_seconds('handed_over_at', 'delivered_at') }} / 3600.0
                    as decimal(18, 4)
                )
        end as delivery_hours,
        created_at,
        promised_ship_at,
        shipped_at as labelled_at,
        first_scan_at,
        handed_over_at,
        promised_delivery_at,
        delivered_at,
        created_date,
        shipped_date,
        delivered_date,
        event_date

    from shipments_with_rate

)

select * from shipments_with_results
