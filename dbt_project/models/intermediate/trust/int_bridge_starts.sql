-- Our own figures from which the bridge starts, day by day, for every variant.
with

orders as (

    select * from {{ ref('int_bridge_orders_summed') }}
    where is_counted

),

goods as (

    select * from {{ ref('int_bridge_goods_summed') }}
    where is_counted

),

refunds as (

    select * from {{ ref('int_bridge_refunds_summed') }}
    where is_counted

),

our_figures as (

    select
        store_id,
        paid_date as kpi_date,
        'paid_gmv' as kpi,
        paid_amount as amount
    from orders
    union all
    select
        store_id,
        paid_date as kpi_date,
        'net_sales' as kpi,
        gross_amount - discount_amount as amount
    from goods
    union all
    select
        store_id,
        refund_date as kpi_date,
        'net_sales' as kpi,
        -goods_amount as amount
    from refunds

),

bridge_starts as (

    select
        our_figures.store_id,
        our_figures.kpi_date,
        bridge_lines.variant,
        bridge_lines.line,
        sum(our_figures.amount) as amount

    from our_figures
    inner join {{ ref('metric_bridge_lines') }} as bridge_lines
        on our_figures.kpi = bridge_lines.line
    group by
        our_figures.store_id,
        our_figures.kpi_date,
        bridge_lines.variant,
        bridge_lines.line

)

select * from bridge_starts
