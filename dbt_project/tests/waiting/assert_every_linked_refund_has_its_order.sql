{{ config(severity='warn') }}

-- Refunds of an order that is not accepted count as if it were a sale, in the channel
-- `unknown`, until it comes in. Told for the days this build replaced: right after a
-- shop was connected they are of orders older than its history; later the window of
-- the orders is held back, or the mapping writes order numbers in two ways.
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
