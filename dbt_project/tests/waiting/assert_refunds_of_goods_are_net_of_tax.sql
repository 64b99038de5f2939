{{ config(severity='warn') }}

-- A part that was given back shows nothing; goods given back whole are worth more than they
-- were worth by exactly the tax.
with

refunded as (

    select
        order_key,
        sum(goods_amount) as refunded_goods
    from {{ ref('fct_refunds') }}
    where is_goods and refund_date is not null
    group by order_key

),

compared as (

    select
        orders.*,
        refunded.refunded_goods
        - (orders.goods_amount - orders.line_discount - orders.discount) as excess
    from {{ ref('int_orders_added_up') }} as orders
    inner join refunded
        on orders.order_key = refunded.order_key

),

counted as (

    select
        store_id,
        currency,
        sum(
            case
                when tax <= rounding then 0
                when abs(excess - tax) <= rounding then 1
                when abs(excess - tax - shipping_charged) <= rounding then 1
                else 0
            end
        ) as orders_with_tax,
        count(*) as orders_refunded
    from compared
    group by store_id, currency

),

stores_with_tax_in_refunds as (

    select * from counted
    where orders_with_tax > 0 and 20 * orders_with_tax >= orders_refunded

)

select * from stores_with_tax_in_refunds
