{{ config(severity='warn') }}

with

refunds_waiting as (

    select
        store_id,
        refund_id,
        order_id,
        requested_date
    from {{ ref('fct_refunds') }}
    where
        order_id is not null
        and not is_order_known
        and {{ is_rebuilt('fct_refunds') }}

)

select * from refunds_waiting
