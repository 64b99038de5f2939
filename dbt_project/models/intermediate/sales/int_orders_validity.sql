-- Orders with whether they count, and why not. The first reason that
-- applies is given. What somebody paid for counts, whatever it was: an order of charges
-- alone has no goods, freight or tax, and money came in all the same.
with

orders as (

    select * from {{ ref('int_orders_dated') }}

),

orders_with_amount_due as (

    select
        *,
        goods_amount
        - coalesce(discount_merchant, 0)
        - coalesce(discount_platform, 0)
        + coalesce(shipping_charged, 0)
        + coalesce(tax, 0) as amount_due

    from orders

),

orders_with_reason as (

    select
        *,
        case
            when is_test then 'test'
            when coalesce(paid_amount, 0) <= 0 and amount_due <= 0
                then 'nothing_due_or_paid'
            when coalesce(paid_amount, 0) <= 0 and gift_card_amount >= amount_due
                then 'gift_card'
            when cancelled_at is not null and settled_at is null
                then 'cancelled_unpaid'
        end as invalid_reason

    from orders_with_amount_due

),

orders_validity as (

    select
        *,
        invalid_reason is null as is_valid_order,
        settled_at is not null as is_paid,
        cancelled_at is not null as is_cancelled,
        -- in elapsed time: a day has 86 400 seconds on days of 23 and 25 hours too
        coalesce(
            {{ elapsed_seconds('created_at', 'settled_at') }} <= 86400, false
        ) as is_paid_within_a_day,
        not coalesce(pay_type = 'cod', false) and not coalesce(is_presale, false)
            as is_due_at_once

    from orders_with_reason

)

select * from orders_validity
