-- What the parcels of an order say together. It has left when its last one has; an
-- order that waits for one of several is not shipped.
with

shipments as (

    select * from {{ ref('fct_shipments') }}

),

parcels_summed as (

    select
        order_key,
        count(*) as parcels,
        min(promised_ship_at) as promised_ship_at,
        case when count(*) = count(handed_over_at) then max(handed_over_at) end
            as shipped_at,
        case when count(*) = count(first_scan_at) then max(first_scan_at) end
            as scanned_at,
        case
            when min(warehouse_id) = max(warehouse_id) then min(warehouse_id)
            when count(warehouse_id) > 0 then 'several'
        end as warehouse_id

    from shipments
    group by order_key

)

select * from parcels_summed
