{{ config(severity='warn') }}

with

order_lines_waiting as (

    select
        order_lines.store_id,
        order_lines.order_id,
        order_lines.order_line_id,
        order_lines.event_date
    from {{ ref('stg_order_lines') }} as order_lines
    left join {{ ref('fct_orders') }} as orders
        on
            order_lines.store_id = orders.store_id
            and order_lines.order_id = orders.order_id
            and order_lines.event_date = orders.event_date
    where orders.order_key is null

)

select * from order_lines_waiting
