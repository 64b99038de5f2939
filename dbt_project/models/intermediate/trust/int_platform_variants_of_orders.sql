-- What platforms would show that count orders, straight from their definitions and
-- order by order; the bridge must arrive at these.
with

orders as (

    select * from {{ ref('int_bridge_orders') }}

),

-- Paid online or signed for, freight in; later refunds and unwanted orders are in too.
paid_gmv_sycm as (

    select
        'paid_gmv_sycm' as variant,
        store_id,
        paid_date as kpi_date,
        paid_amount as amount
    from orders
    where is_paid

),

-- Prepaid when paid, cash on delivery when placed, unless cancelled the same day.
gmv_jd as (

    select
        'gmv_jd' as variant,
        store_id,
        jd_date as kpi_date,
        jd_amount as amount
    from orders
    where cancelled_date is null or cancelled_date <> jd_date

),

platform_variants as (

    select * from paid_gmv_sycm
    union all
    select * from gmv_jd

)

select * from platform_variants
