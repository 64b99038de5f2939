{{ config(**rebuilt_whole('backlog_date')) }}

with

orders_waiting as (

    select
        *,
        case
            when age_hours <= 24 then '0-24h'
            when age_hours <= 48 then '24-48h'
            when age_hours <= 72 then '48-72h'
            else 'over_72h'
        end as age_bucket

    from {{ ref('int_orders_waiting') }}

),

backlog_days as (

    select
        {{ surrogate_key(['store_id', 'backlog_date', 'age_bucket']) }} as backlog_key,
        store_id,
        backlog_date,
        age_bucket,
        count(*) as unshipped_orders,
        count(case when is_overdue then order_key end) as overdue_orders

    from orders_waiting
    group by store_id, backlog_date, age_bucket

)

select * from backlog_days
