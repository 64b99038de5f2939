-- The parcel of each order that was handed to a carrier. The files know one hand-over and one delivery
-- per order, whatever number of sellers sent something.
--
-- 19 parcels were handed over before they were ordered and 7 arrived before they were sent. They go
-- through as they are, and are refused.
with

parcels_read as (

    select
        order_id,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_purchase_timestamp, '%m/%d/%Y %H:%M')
            )
        ) as purchased_at,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_delivered_carrier_date, '%m/%d/%Y %H:%M')
            )
        ) as handed_over_at,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_delivered_customer_date, '%m/%d/%Y %H:%M')
            )
        ) as delivered_at,
        -- The buyer is promised a day, written as its midnight: on time is until the day is over.
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_estimated_delivery_date, '%m/%d/%Y %H:%M')
                + interval '1 day' - interval '1 second'
            )
        ) as promised_delivery_at

    from orders_file

    where order_delivered_carrier_date is not null

),

ship_by as (

    select
        order_id,
        min(
            timezone(
                'UTC',
                timezone(
                    'America/Sao_Paulo',
                    try_strptime(shipping_limit_date, '%m/%d/%Y %H:%M')
                )
            )
        ) as promised_ship_at

    from items_file

    group by order_id

),

parcels as (

    select
        parcels_read.*,
        ship_by.promised_ship_at,
        greatest(
            parcels_read.purchased_at, parcels_read.handed_over_at, parcels_read.delivered_at
        ) as updated_at

    from parcels_read

    left join ship_by
        on parcels_read.order_id = ship_by.order_id

)

select
    'olist' as store_id,
    order_id as shipment_id,
    order_id,
    null as warehouse_id,
    null as carrier,
    null as tracking_no,
    -- What became of the parcels of cancelled orders is not known: they stay on their way.
    case when delivered_at is null then 'in_transit' else 'delivered' end as status,
    'BRL' as currency,
    -- What the buyer is charged for freight is known, what the carrier charges is not.
    null as freight_cost,
    promised_ship_at,
    -- When the label was printed is not known; it was on the parcel when the carrier took it.
    handed_over_at as shipped_at,
    handed_over_at as first_scan_at,
    promised_delivery_at,
    delivered_at,
    -- A seller learns of an order when it is placed: 147 parcels were sent before the payment
    -- was approved.
    purchased_at as created_at,
    updated_at
from parcels
where (updated_at >= :window_start and updated_at < :window_end)
    or updated_at is null
