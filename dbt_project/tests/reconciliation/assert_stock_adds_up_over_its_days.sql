{{ config(severity='warn') }}

with

stock as (

    select * from {{ ref('fct_stock_daily') }}

),

spans as (

    select
        store_id,
        sku,
        min(business_date) as first_date,
        max(business_date) as last_date
    from stock
    group by store_id, sku

),

counted as (

    select
        spans.store_id,
        spans.sku,
        closing.on_hand - opening.on_hand as grown,
        coalesce(closing.damaged, 0) - coalesce(opening.damaged, 0) as damaged_grown
    from spans
    inner join stock as opening
        on
            spans.store_id = opening.store_id
            and spans.sku = opening.sku
            and spans.first_date = opening.business_date
    inner join stock as closing
        on
            spans.store_id = closing.store_id
            and spans.sku = closing.sku
            and spans.last_date = closing.business_date

),

received as (

    select
        spans.store_id,
        spans.sku,
        sum(orders.qty_received) as units,
        sum(coalesce(orders.qty_defect, 0)) as defects
    from spans
    inner join {{ ref('fct_purchase_orders') }} as orders
        on spans.store_id = orders.store_id and spans.sku = orders.sku
    where
        orders.received_date > spans.first_date
        and orders.received_date <= spans.last_date
    group by spans.store_id, spans.sku

),

shipped as (

    select
        spans.store_id,
        spans.sku,
        sum(lines.quantity) as units
    from spans
    inner join {{ ref('fct_order_lines') }} as lines
        on spans.store_id = lines.store_id and spans.sku = lines.sku
    inner join {{ ref('fct_order_fulfilment') }} as orders
        on lines.order_key = orders.order_key
    where
        lines.is_goods
        and orders.shipped_date > spans.first_date
        and orders.shipped_date <= spans.last_date
    group by spans.store_id, spans.sku

),

moved as (

    select
        counted.store_id,
        coalesce(received.units, 0) + coalesce(shipped.units, 0) as units_moved,
        coalesce(received.units, 0)
        - coalesce(shipped.units, 0)
        - (coalesce(received.defects, 0) - counted.damaged_grown)
        - counted.grown as units_unexplained
    from counted
    left join received
        on counted.store_id = received.store_id and counted.sku = received.sku
    left join shipped
        on counted.store_id = shipped.store_id and counted.sku = shipped.sku

),

stores_that_do_not_add_up as (

    select
        store_id,
        sum(units_moved) as units_moved,
        sum(units_unexplained) as units_unexplained,
        sum(abs(units_unexplained)) as units_unexplained_of_skus
    from moved
    group by store_id
    having sum(abs(units_unexplained)) > 20 + 0.02 * sum(units_moved)

)

select * from stores_that_do_not_add_up
