{{ config(materialized='table') }}

-- Carts and checkouts with what became of each within 24 hours.
with

steps as (

    select * from {{ ref('int_cart_steps') }}

),

carts_summed as (

    select
        followed,
        store_id,
        cart_id,
        followed_id,
        event_date,
        started_at,
        max(session_id) as session_id,
        max(visitor_id) as visitor_id,
        max(customer_id) as customer_id,
        max(case when payment_rank = 1 then order_id end) as order_id,
        max(case when payment_rank = 1 then pay_type end) as pay_type,
        max(case when step_rank = 1 then currency end) as currency,
        max(case when step_rank = 1 then cart_value end) as cart_value,
        min(case when event_type = 'checkout_started' then occurred_at end)
            as checkout_started_at,
        max(case when event_type = 'payment_started' then occurred_at end)
            as payment_started_at,
        max(
            case
                when event_type in ('payment_failed', 'abandoned') then occurred_at
            end
        ) as given_up_at,
        min(case when event_type = 'paid' then occurred_at end) as paid_at

    from steps
    group by followed, store_id, cart_id, followed_id, event_date, started_at

),

cart_outcomes as (

    select
        *,
        case
            when paid_at is not null then 'paid'
            when given_up_at is null and payment_started_at is not null
                then 'awaiting_payment'
            when given_up_at < payment_started_at then 'awaiting_payment'
            when payment_started_at is not null then 'payment_failed'
            when checkout_started_at is not null then 'checkout_left'
            else 'cart_left'
        end as outcome

    from carts_summed

)

select * from cart_outcomes
