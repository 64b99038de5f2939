{{ config(**rebuilt_whole('paid_date')) }}

{#- Within so many days of the payment most goods come back and charges are made. -#}
{%- set age = 30 %}

with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where is_goods and is_paid and is_valid_order and unit_cost is not null

),

refunded_goods as (

    select * from {{ ref('fct_refunded_goods') }}
    where is_cost_known and refund_date <= {{ add_days('order_paid_date', age) }}

),

order_charges as (

    select * from {{ ref('int_order_charges') }}
    where cost_date <= {{ add_days('paid_date', age) }}

),

amounts as (

    select
        store_id,
        channel,
        currency,
        paid_date,
        gross_amount - discount_amount as net_sales,
        quantity * unit_cost as goods_cost,
        0 as charges
    from order_lines
    union all
    select
        store_id,
        channel,
        currency,
        order_paid_date as paid_date,
        -goods_amount as net_sales,
        -restocked_cost as goods_cost,
        0 as charges
    from refunded_goods
    union all
    select
        store_id,
        channel,
        currency,
        paid_date,
        0 as net_sales,
        0 as goods_cost,
        amount as charges
    from order_charges

),

cohort_margins as (

    select
        {{ surrogate_key(['store_id', 'paid_date', 'channel']) }} as cohort_key,
        store_id,
        channel,
        currency,
        {{ amount('sum(net_sales)') }} as net_sales,
        {{ amount('sum(goods_cost)') }} as goods_cost,
        {{ amount('sum(charges)') }} as charges,
        {{ amount('sum(net_sales - goods_cost - charges)') }} as contribution,
        paid_date

    from amounts
    group by store_id, channel, currency, paid_date

)

select * from cohort_margins
