{{ config(**incremental_by_event_date()) }}

with

carts as (

    select * from {{ ref('int_cart_outcomes') }}
    where
        followed = 'cart'
        and {{ is_rebuilt('fct_carts') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

carts_dated as (

    select
        {{ surrogate_key(['carts.store_id', 'carts.cart_id', 'carts.event_date']) }}
            as cart_key,
        carts.store_id,
        carts.cart_id,
        carts.session_id,
        carts.visitor_id,
        carts.customer_id,
        carts.order_id,
        carts.pay_type,
        carts.currency,
        {{ amount('carts.cart_value') }} as cart_value,
        carts.outcome,
        carts.outcome not in ('paid', 'awaiting_payment') as is_abandoned,
        carts.started_at as created_at,
        carts.checkout_started_at,
        carts.payment_started_at,
        carts.paid_at,
        {{ store_local_date('carts.started_at', 'stores.timezone') }} as created_date,
        carts.event_date

    from carts

    inner join stores
        on carts.store_id = stores.store_id

)

select * from carts_dated
