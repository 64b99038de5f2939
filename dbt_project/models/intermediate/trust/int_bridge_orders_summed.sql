{{ config(materialized='table') }}

-- Orders, added up over everything that decides where in the bridge they stand.
-- `other_charges` is what was paid beyond goods, freight and tax (fees, gift cards
-- bought, paid too much or too little).
with

orders as (

    select * from {{ ref('int_bridge_orders') }}

),

orders_summed as (

    select
        store_id,
        order_date,
        paid_date,
        jd_date,
        is_cod,
        is_counted,
        invalid_reason,
        coalesce(cancelled_date = jd_date, false) as is_cancelled_same_day,
        sum(paid_amount) as paid_amount,
        sum(jd_amount) as jd_amount,
        sum(discount_platform) as discount_platform,
        sum(gift_card_amount) as gift_card_amount,
        sum(
            paid_amount
            + discount_platform
            + gift_card_amount
            - jd_amount
        ) as other_charges

    from orders
    group by
        store_id,
        order_date,
        paid_date,
        jd_date,
        is_cod,
        is_counted,
        invalid_reason,
        coalesce(cancelled_date = jd_date, false)

)

select * from orders_summed
