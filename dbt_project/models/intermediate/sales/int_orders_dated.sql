-- Orders with their business dates: local days of their store.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

orders_with_payment as (

    select
        *,
        -- cash on delivery is paid when the customer signs for it; a presale when the
        -- rest is paid
        case when pay_type = 'cod' then confirmed_at else paid_at end as settled_at

    from orders

),

orders_dated as (

    select
        orders_with_payment.*,
        {{ store_local_date('orders_with_payment.created_at', 'stores.timezone') }}
            as order_date,
        {{ store_local_date('orders_with_payment.settled_at', 'stores.timezone') }}
            as paid_date

    from orders_with_payment

    inner join stores
        on orders_with_payment.store_id = stores.store_id

)

select * from orders_dated
