{{ config(**rebuilt_whole('paid_date')) }}

-- Which order of its buyer each one is, over the buyer's whole history: an order that
-- arrives late may turn another from the first into the second. Nobody knows what a
-- guest bought before, so orders of guests have no place in a sequence.
with

orders as (

    select * from {{ ref('fct_orders') }}
    where is_valid_order and is_paid and not is_guest

),

orders_in_sequence as (

    select
        order_key,
        buyer_key,
        store_id,
        paid_date,
        row_number() over (
            partition by buyer_key order by settled_at, order_id
        ) as order_number,
        lag(paid_date) over (
            partition by buyer_key order by settled_at, order_id
        ) as previous_paid_date,
        lead(paid_date) over (
            partition by buyer_key order by settled_at, order_id
        ) as next_paid_date,
        min(paid_date) over (partition by buyer_key) as first_paid_date

    from orders

),

-- A second order on the first day is no return.
orders_with_return as (

    select
        *,
        min(case when paid_date > first_paid_date then paid_date end) over (
            partition by buyer_key
        ) as back_date

    from orders_in_sequence

)

select * from orders_with_return
