-- What buyers do in each month after that of their first order: orders with their goods
-- net of discounts, refunds with less than nothing.
with

buyer_orders as (

    select * from {{ ref('fct_buyer_orders') }}
    where first_paid_date is not null

),

buyer_refunds as (

    select * from {{ ref('fct_buyer_refunds') }}
    where first_paid_date is not null

),

cohort_activity as (

    select
        store_id,
        cast({{ dbt.date_trunc('month', 'first_paid_date') }} as date) as cohort_month,
        cast({{ dbt.date_trunc('month', 'paid_date') }} as date) as activity_month,
        buyer_key as ordering_buyer_key,
        order_key,
        is_first_order,
        goods_amount as net_amount,
        goods_amount_reporting as net_amount_reporting
    from buyer_orders
    union all
    select
        store_id,
        cast({{ dbt.date_trunc('month', 'first_paid_date') }} as date) as cohort_month,
        cast({{ dbt.date_trunc('month', 'refund_date') }} as date) as activity_month,
        cast(null as {{ dbt.type_string() }}) as ordering_buyer_key,
        cast(null as {{ dbt.type_string() }}) as order_key,
        false as is_first_order,
        -goods_amount as net_amount,
        -goods_amount_reporting as net_amount_reporting
    from buyer_refunds

)

select * from cohort_activity
