{{ config(**rebuilt_whole('order_date')) }}

-- Orders by the dates and in the amounts of the platforms' definitions. JD counts cash
-- on delivery when it is placed and everything else when it is paid, what the merchant
-- gave off deducted, with tax and freight.
with

orders as (

    select * from {{ ref('fct_orders') }}

),

line_discounts as (

    select
        order_key,
        sum(line_discount) as line_discount
    from {{ ref('fct_order_lines') }}
    group by order_key

),

stores as (

    select
        store_id,
        timezone
    from {{ ref('dim_stores') }}

),

orders_dated as (

    select
        orders.*,
        {{ store_local_date('orders.created_at', "'America/Los_Angeles'") }}
            as pacific_date,
        {{ store_local_date('orders.cancelled_at', 'stores.timezone') }}
            as cancelled_date,
        coalesce(orders.pay_type = 'cod', false) as is_cod,
        coalesce(line_discounts.line_discount, 0) as line_discount

    from orders
    inner join stores
        on orders.store_id = stores.store_id
    left join line_discounts
        on orders.order_key = line_discounts.order_key

),

bridge_orders as (

    select
        order_key,
        store_id,
        order_date,
        paid_date,
        pacific_date,
        case when is_cod then order_date else paid_date end as jd_date,
        cancelled_date,
        is_cod,
        is_valid_order and is_paid as is_counted,
        is_paid,
        is_test,
        is_cancelled,
        invalid_reason,
        paid_amount,
        {{ amount(
            'goods_amount - line_discount - discount_merchant + shipping_charged + tax'
        ) }} as jd_amount,
        discount_platform,
        gift_card_amount

    from orders_dated

)

select * from bridge_orders
