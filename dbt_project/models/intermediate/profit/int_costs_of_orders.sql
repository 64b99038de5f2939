-- What goods cost, for each order refunded: by line, by SKU and in all. A refund names
-- one of them, whichever its source knows.
with

refunded_orders as (

    select distinct order_key
    from {{ ref('fct_refunds') }}
    where refund_date is not null

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where is_goods

),

lines_of_refunded_orders as (

    select
        order_lines.order_key,
        order_lines.order_line_id,
        order_lines.sku,
        order_lines.quantity,
        order_lines.unit_cost,
        order_lines.gross_amount - order_lines.discount_amount as net_amount

    from order_lines
    inner join refunded_orders
        on order_lines.order_key = refunded_orders.order_key

),

costs_of_orders as (

    select
        order_key,
        order_line_id,
        cast(null as {{ dbt.type_string() }}) as sku,
        sum(quantity) as quantity,
        sum(quantity * unit_cost) as goods_cost,
        sum(net_amount) as net_amount,
        count(*) = count(unit_cost) as is_cost_known
    from lines_of_refunded_orders
    group by order_key, order_line_id
    union all
    select
        order_key,
        null as order_line_id,
        sku,
        sum(quantity) as quantity,
        sum(quantity * unit_cost) as goods_cost,
        sum(net_amount) as net_amount,
        count(*) = count(unit_cost) as is_cost_known
    from lines_of_refunded_orders
    where sku is not null
    group by order_key, sku
    union all
    select
        order_key,
        null as order_line_id,
        null as sku,
        sum(quantity) as quantity,
        sum(quantity * unit_cost) as goods_cost,
        sum(net_amount) as net_amount,
        count(*) = count(unit_cost) as is_cost_known
    from lines_of_refunded_orders
    group by order_key

)

select * from costs_of_orders
