-- Parcels as they stand now, one per order and depot. The shop's words for a parcel's
-- state are its own; one that is new goes through as it is, for validation to refuse.
-- `labelled_at` is when the waybill was printed, `picked_up_at` the carrier's first scan.
select
    shop_code as store_id,
    parcel_no as shipment_id,
    order_no as order_id,
    depot as warehouse_id,
    courier as carrier,
    waybill_no as tracking_no,
    case state
        when 'new' then 'created'
        when 'labelled' then 'shipped'
        when 'moving' then 'in_transit'
        when 'signed' then 'delivered'
        else state
    end as status,
    ccy as currency,
    courier_charge as freight_cost,
    ship_by as promised_ship_at,
    labelled_at as shipped_at,
    picked_up_at as first_scan_at,
    due as promised_delivery_at,
    signed_at as delivered_at,
    created_at,
    modified as updated_at
from parcels
where modified >= :window_start and modified < :window_end
