-- Parcels with their business dates: local days of their store. A parcel has left when
-- the carrier scanned it, not when its label was printed; one that nobody can follow,
-- or that arrived without ever being scanned, when it was labelled.
with

shipments as (

    select * from {{ ref('stg_shipments') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

shipments_with_handover as (

    select
        *,
        tracking_no is not null as is_tracked,
        case
            when first_scan_at is not null then first_scan_at
            when tracking_no is null then coalesce(shipped_at, delivered_at)
            when delivered_at is not null then coalesce(shipped_at, delivered_at)
        end as handed_over_at

    from shipments

),

shipments_dated as (

    select
        shipments_with_handover.*,
        {{ store_local_date(
            'shipments_with_handover.created_at', 'stores.timezone'
        ) }} as created_date,
        {{ store_local_date(
            'shipments_with_handover.handed_over_at', 'stores.timezone'
        ) }} as shipped_date,
        {{ store_local_date(
            'shipments_with_handover.delivered_at', 'stores.timezone'
        ) }} as delivered_date

    from shipments_with_handover

    inner join stores
        on shipments_with_handover.store_id = stores.store_id

)

select * from shipments_dated
