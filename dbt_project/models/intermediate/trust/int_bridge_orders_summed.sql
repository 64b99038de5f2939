{{ config(materialized='table') }}

-- Orders, added up over everything that decides where in the bridge they stand.
-- `other_charges` is what was paid beyond goods, freight and tax (fees, gift cards
-- bought, paid too much or too little); in the reporting currency the cents that
-- rounding each amount of an order by itself leaves over are in it.
with

orders as (

    select * from {{ ref('int_bridge_orders') }}

),

bridge_days as (

    select * from {{ ref('int_bridge_days') }}

),

orders_with_rates as (

    select
        orders.*,
        round(orders.paid_amount * paid_days.rate, 2) as paid_amount_reporting,
        round(orders.jd_amount * jd_days.rate, 2) as jd_amount_reporting,
        round(orders.discount_platform * paid_days.rate, 2)
            as discount_platform_reporting,
        round(orders.gift_card_amount * paid_days.rate, 2)
            as gift_card_amount_reporting

    from orders
    left join bridge_days as paid_days
        on
            orders.store_id = paid_days.store_id
            and orders.paid_date = paid_days.kpi_date
    left join bridge_days as jd_days
        on
            orders.store_id = jd_days.store_id
            and orders.jd_date = jd_days.kpi_date

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
        ) as other_charges,
        sum(paid_amount_reporting) as paid_amount_reporting,
        sum(jd_amount_reporting) as jd_amount_reporting,
        sum(discount_platform_reporting) as discount_platform_reporting,
        sum(gift_card_amount_reporting) as gift_card_amount_reporting,
        sum(
            paid_amount_reporting
            + discount_platform_reporting
            + gift_card_amount_reporting
            - jd_amount_reporting
        ) as other_charges_reporting

    from orders_with_rates
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
