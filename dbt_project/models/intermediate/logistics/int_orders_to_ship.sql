-- Orders whose goods have to leave, with the moment from which the time to ship runs:
-- payment (of a presale, of the rest), for cash on delivery the order itself. Refused
-- at the door is not cancelled before it was shipped, so such an order stays in. Orders
-- from before parcels were known are left out, or all of them would wait for ever.
with

orders as (

    select
        *,
        case when pay_type = 'cod' then created_at else paid_at end as starts_at

    from {{ ref('fct_orders') }}
    where
        is_valid_order
        or (pay_type = 'cod' and invalid_reason = 'cancelled_unpaid')

),

goods_in_orders as (

    select
        order_key,
        max(case when is_goods then 1 else 0 end) as has_goods

    from {{ ref('fct_order_lines') }}
    group by order_key

),

parcels as (

    select * from {{ ref('int_parcels_summed_to_orders') }}

),

stores as (

    select
        stores.store_id,
        stores.timezone,
        coverage.covered_from as parcels_known_from,
        coverage.complete_until as parcels_known_until

    from {{ ref('dim_stores') }} as stores
    inner join {{ ref('fct_feed_coverage') }} as coverage
        on stores.source_name = coverage.source_name
    where coverage.feed = 'shipments'

),

orders_to_ship as (

    select
        orders.order_key,
        orders.store_id,
        orders.order_id,
        orders.pay_type,
        orders.is_presale,
        orders.starts_at,
        orders.cancelled_at,
        stores.timezone,
        stores.parcels_known_until,
        parcels.warehouse_id,
        parcels.promised_ship_at,
        parcels.shipped_at,
        parcels.scanned_at,
        coalesce(parcels.parcels, 0) as parcels

    from orders
    inner join stores
        on orders.store_id = stores.store_id
    left join goods_in_orders
        on orders.order_key = goods_in_orders.order_key
    left join parcels
        on orders.order_key = parcels.order_key
    where
        orders.starts_at >= stores.parcels_known_from
        and coalesce(goods_in_orders.has_goods, 1) = 1

)

select * from orders_to_ship
