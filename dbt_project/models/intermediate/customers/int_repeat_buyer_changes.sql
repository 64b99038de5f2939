-- How the number of buyers in a trailing window changes from day to day: an order puts
-- its buyer in on its day and takes the buyer out again when the window has passed, or
-- leaves that to the buyer's next order. So days need not be joined with the orders of
-- a year.
with

windows as (

    {%- for days in [30, 90, 365] %}
        select {{ days }} as window_days {{ 'union all' if not loop.last }}
    {%- endfor %}

),

orders_by_window as (

    select
        orders.store_id,
        windows.window_days,
        orders.paid_date,
        {{ add_days('orders.paid_date', 'windows.window_days') }} as leaves_on,
        {{ add_days('orders.previous_paid_date', 'windows.window_days') }}
            as previous_leaves_on,
        coalesce(orders.next_paid_date, cast('9999-12-31' as date)) as next_paid_date

    from {{ ref('int_buyer_orders_in_sequence') }} as orders
    cross join windows

),

-- The order before it, while both are in the window, makes a repeat buyer.
orders_with_stay as (

    select
        store_id,
        window_days,
        paid_date,
        case
            when next_paid_date < leaves_on then next_paid_date
            else leaves_on
        end as counted_until,
        case
            when next_paid_date < previous_leaves_on then next_paid_date
            else previous_leaves_on
        end as repeated_until

    from orders_by_window

),

changes as (

    select
        store_id,
        window_days,
        paid_date as business_date,
        1 as buyers,
        case when repeated_until > paid_date then 1 else 0 end as repeat_buyers
    from orders_with_stay
    union all
    select
        store_id,
        window_days,
        counted_until as business_date,
        -1 as buyers,
        0 as repeat_buyers
    from orders_with_stay
    union all
    select
        store_id,
        window_days,
        repeated_until as business_date,
        0 as buyers,
        -1 as repeat_buyers
    from orders_with_stay
    where repeated_until > paid_date

),

changes_by_day as (

    select
        store_id,
        window_days,
        business_date,
        cast(sum(buyers) as bigint) as buyers,
        cast(sum(repeat_buyers) as bigint) as repeat_buyers
    from changes
    group by store_id, window_days, business_date
    having sum(buyers) <> 0 or sum(repeat_buyers) <> 0

)

select * from changes_by_day
