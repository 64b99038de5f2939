{{ config(**rebuilt_whole('refund_date')) }}

with

refunds as (

    select * from {{ ref('fct_refunds') }}
    where is_counted and is_goods and refund_date is not null

),

buyer_orders as (

    select * from {{ ref('fct_buyer_orders') }}

),

-- What is given back is taken off the sales it was part of: money of a first order is
-- not a returning buyer's because the buyer has come back since.
buyer_refunds as (

    select
        refunds.refund_key,
        refunds.store_id,
        buyer_orders.order_key,
        buyer_orders.buyer_key,
        coalesce(buyer_orders.buyer_kind, 'unknown') as buyer_kind,
        refunds.currency,
        refunds.goods_amount,
        refunds.goods_amount_reporting,
        buyer_orders.first_paid_date,
        refunds.refund_date

    from refunds

    left join buyer_orders
        on refunds.order_key = buyer_orders.order_key

)

select * from buyer_refunds
