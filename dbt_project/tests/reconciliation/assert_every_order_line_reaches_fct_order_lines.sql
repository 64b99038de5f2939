-- For each store, accepted lines of known orders and fct_order_lines agree in number,
-- units and value, over the days this build replaced. A difference means that spreading
-- discounts dropped or doubled lines.
with

accepted_and_built as (

    select
        order_lines.store_id,
        1 as line_count,
        order_lines.quantity,
        order_lines.gross_amount
    from {{ ref('stg_order_lines') }} as order_lines
    inner join {{ ref('fct_orders') }} as orders
        on
            order_lines.store_id = orders.store_id
            and order_lines.order_id = orders.order_id
            and order_lines.event_date = orders.event_date
    where {{ is_rebuilt('fct_order_lines', 'orders.event_date') }}

    union all

    select
        store_id,
        -1 as line_count,
        -quantity as quantity,
        -gross_amount as gross_amount
    from {{ ref('fct_order_lines') }}
    where {{ is_rebuilt('fct_order_lines') }}

),

differences as (

    select
        store_id,
        sum(line_count) as lines_missing,
        sum(quantity) as units_missing,
        sum(gross_amount) as gross_amount_missing
    from accepted_and_built
    group by store_id
    having
        sum(line_count) <> 0
        or sum(quantity) <> 0
        or sum(gross_amount) <> 0

)

select * from differences
