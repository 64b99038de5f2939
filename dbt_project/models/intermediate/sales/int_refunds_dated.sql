-- Refunds with their business dates: local days of their store.
with

refunds as (

    select * from {{ ref('stg_refunds') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

refunds_dated as (

    select
        refunds.*,
        {{ store_local_date('refunds.requested_at', 'stores.timezone') }}
            as requested_date,
        {{ store_local_date('refunds.refunded_at', 'stores.timezone') }}
            as refund_date

    from refunds

    inner join stores
        on refunds.store_id = stores.store_id

)

select * from refunds_dated
