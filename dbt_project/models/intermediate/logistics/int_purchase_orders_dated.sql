-- Lines of purchase orders with their business dates: local days of their store.
with

purchase_orders as (

    select * from {{ ref('stg_purchase_orders') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

purchase_orders_dated as (

    select
        purchase_orders.*,
        {{ store_local_date('purchase_orders.ordered_at', 'stores.timezone') }}
            as ordered_date,
        {{ store_local_date('purchase_orders.promised_at', 'stores.timezone') }}
            as promised_date,
        {{ store_local_date('purchase_orders.received_at', 'stores.timezone') }}
            as received_date

    from purchase_orders

    inner join stores
        on purchase_orders.store_id = stores.store_id

)

select * from purchase_orders_dated
