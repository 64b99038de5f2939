{{ config(**rebuilt_whole('paid_date')) }}

with

orders as (

    select * from {{ ref('fct_orders') }}
    where is_valid_order and is_paid

),

orders_in_sequence as (

    select * from {{ ref('int_buyer_orders_in_sequence') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

goods as (

    select
        order_key,
        sum(gross_amount - discount_amount) as goods_amount
    from {{ ref('fct_order_lines') }}
    where is_goods
    group by order_key

),

buyer_orders as (

    select
        orders.order_key,
        orders.store_id,
        orders.buyer_key,
        case
            when orders.is_guest then 'guest'
            when orders.paid_date = orders_in_sequence.first_paid_date then 'new'
            else 'returning'
        end as buyer_kind,
        orders.channel,
        orders.currency,
        {{ amount('coalesce(goods.goods_amount, 0)') }} as goods_amount,
        {{ amount('round(coalesce(goods.goods_amount, 0) * exchange_rates.rate, 2)') }}
            as goods_amount_reporting,
        orders_in_sequence.order_number,
        coalesce(orders_in_sequence.order_number = 1, false) as is_first_order,
        case
            when orders_in_sequence.order_number = 1
                then coalesce(
                    orders_in_sequence.back_date
                    <= {{ add_days('orders_in_sequence.first_paid_date', 30) }}, false
                )
        end as is_back_within_30_days,
        orders_in_sequence.first_paid_date,
        orders_in_sequence.previous_paid_date,
        orders.paid_date

    from orders

    left join orders_in_sequence
        on orders.order_key = orders_in_sequence.order_key

    left join goods
        on orders.order_key = goods.order_key

    left join exchange_rates
        on
            orders.currency = exchange_rates.currency
            and orders.paid_date >= exchange_rates.valid_from
            and orders.paid_date < exchange_rates.valid_to

)

select * from buyer_orders
