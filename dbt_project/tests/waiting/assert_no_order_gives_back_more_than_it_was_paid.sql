{{ config(severity='warn') }}

with

refunded as (

    select
        order_key,
        sum(refund_amount) as refunded_amount,
        max(case when {{ is_rebuilt('fct_refunds') }} then 1 else 0 end) as is_news
    from {{ ref('fct_refunds') }}
    where refund_date is not null
    group by order_key

),

given_back_too_much as (

    select
        orders.store_id,
        orders.order_id,
        orders.currency,
        orders.paid_amount + orders.gift_card_amount as paid,
        orders.deposit_amount,
        refunded.refunded_amount
    from refunded
    inner join {{ ref('fct_orders') }} as orders
        on refunded.order_key = orders.order_key
    where
        refunded.is_news = 1
        and refunded.refunded_amount > orders.paid_amount + orders.gift_card_amount
        and refunded.refunded_amount > orders.deposit_amount

)

select * from given_back_too_much
