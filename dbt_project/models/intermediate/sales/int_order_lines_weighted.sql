-- Order lines with what their order gives them, and their weight in its discount: a
-- goods line weighs what the customer was to pay for it. Orders whose goods weigh
-- nothing share equally.
with

order_lines as (

    select * from {{ ref('stg_order_lines') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_lines_with_order as (

    select
        order_lines.*,
        orders.order_key,
        orders.channel,
        orders.order_date,
        orders.paid_date,
        orders.is_valid_order,
        orders.is_paid,
        orders.discount_merchant,
        orders.discount_platform,
        coalesce(order_lines.line_kind = 'goods', false) as is_goods,
        coalesce(order_lines.line_discount, 0) as own_discount

    from order_lines

    inner join orders
        on
            order_lines.store_id = orders.store_id
            and order_lines.order_id = orders.order_id
            and order_lines.event_date = orders.event_date

),

order_lines_with_cents as (

    select
        *,
        case
            when is_goods and gross_amount > own_discount
                then cast((gross_amount - own_discount) * 100 as bigint)
            else 0
        end as net_cents

    from order_lines_with_order

),

order_lines_with_order_weight as (

    select
        *,
        sum(net_cents) over (partition by order_key) as order_net_cents

    from order_lines_with_cents

),

order_lines_weighted as (

    select
        *,
        case
            when not is_goods then 0
            when order_net_cents > 0 then net_cents
            else 1
        end as weight

    from order_lines_with_order_weight

)

select * from order_lines_weighted
