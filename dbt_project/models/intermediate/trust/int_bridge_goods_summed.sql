{{ config(materialized='table') }}

-- Goods sold, added up over everything that decides on which day and line of the bridge
-- they stand. Reporting amounts are those of each line at the rate of the day it is
-- counted on, rounded line by line as in every KPI.

with

goods as (

    select
        order_key,
        gross_amount,
        discount_amount
    from {{ ref('fct_order_lines') }}
    where is_goods

),

orders as (

    select * from {{ ref('int_bridge_orders') }}

),

bridge_days as (

    select * from {{ ref('int_bridge_days') }}

),

goods_summed as (

    select
        orders.store_id,
        orders.order_date,
        orders.paid_date,
        orders.pacific_date,
        orders.is_cod,
        orders.is_counted,
        orders.is_cancelled,
        orders.invalid_reason,
        sum(round(goods.gross_amount * order_days.rate, 2)) as gross_amount_at_order,
        sum(round(goods.discount_amount * order_days.rate, 2))
            as discount_amount_at_order,
        sum(round(goods.gross_amount * paid_days.rate, 2)) as gross_amount_at_paid,
        sum(round(goods.discount_amount * paid_days.rate, 2))
            as discount_amount_at_paid,
        sum(round(goods.gross_amount * pacific_days.rate, 2))
            as gross_amount_at_pacific,
        sum(round(goods.discount_amount * pacific_days.rate, 2))
            as discount_amount_at_pacific,
        sum(goods.gross_amount) as gross_amount,
        sum(goods.discount_amount) as discount_amount

    from goods
    inner join orders
        on goods.order_key = orders.order_key
    left join bridge_days as order_days
        on
            orders.store_id = order_days.store_id
            and orders.order_date = order_days.kpi_date
    left join bridge_days as paid_days
        on
            orders.store_id = paid_days.store_id
            and orders.paid_date = paid_days.kpi_date
    left join bridge_days as pacific_days
        on
            orders.store_id = pacific_days.store_id
            and orders.pacific_date = pacific_days.kpi_date
    group by
        orders.store_id,
        orders.order_date,
        orders.paid_date,
        orders.pacific_date,
        orders.is_cod,
        orders.is_counted,
        orders.is_cancelled,
        orders.invalid_reason

)

select * from goods_summed
