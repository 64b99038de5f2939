{{ config(**incremental_by_event_date()) }}

with

checkouts as (

    select * from {{ ref('int_cart_outcomes') }}
    where
        followed = 'checkout'
        and {{ is_rebuilt('fct_checkouts') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

checkouts_dated as (

    select
        {{ surrogate_key([
            'checkouts.store_id',
            'checkouts.cart_id',
            'checkouts.followed_id',
            'checkouts.event_date',
        ]) }} as checkout_key,
        checkouts.store_id,
        checkouts.followed_id as checkout_id,
        checkouts.cart_id,
        checkouts.visitor_id,
        checkouts.customer_id,
        checkouts.order_id,
        checkouts.pay_type,
        checkouts.currency,
        {{ amount('checkouts.cart_value') }} as checkout_value,
        checkouts.outcome,
        checkouts.outcome in ('paid', 'awaiting_payment') as is_completed,
        checkouts.started_at,
        checkouts.payment_started_at,
        checkouts.paid_at,
        {{ store_local_date('checkouts.started_at', 'stores.timezone') }}
            as started_date,
        checkouts.event_date

    from checkouts

    inner join stores
        on checkouts.store_id = stores.store_id

)

select * from checkouts_dated
