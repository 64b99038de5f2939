-- The stated worth of each settled order, and what its parts add up to. Settled:
-- paid a day ago or more, so that all of it has come; neither cancelled nor a test.
-- Lines in another currency than their order's cannot be added to it.
with

orders as (

    select * from {{ ref('fct_orders') }}

),

lines_added_up as (

    select
        store_id,
        order_key,
        currency,
        count(*) as line_count,
        sum(line_discount) as line_discount,
        sum(case when is_goods then gross_amount else 0 end) as goods_of_lines,
        sum(
            case when is_goods or line_kind = 'shipping' then 0 else gross_amount end
        ) as charged_by_lines
    from {{ ref('fct_order_lines') }}
    group by store_id, order_key, currency

),

stores_with_lines as (

    select distinct store_id from lines_added_up

),

watched as (

    select
        stores.store_id,
        min(coverage.complete_until) as complete_until
    from {{ ref('dim_stores') }} as stores
    inner join {{ ref('fct_feed_coverage') }} as coverage
        on stores.source_name = coverage.source_name
    where coverage.feed in ('orders', 'order_lines')
    group by stores.store_id

),

settled as (

    select
        orders.order_key,
        orders.store_id,
        orders.order_id,
        orders.currency,
        orders.paid_date,
        orders.goods_amount,
        orders.discount_merchant + orders.discount_platform as discount,
        orders.shipping_charged,
        orders.tax,
        orders.gift_card_amount,
        orders.deposit_amount,
        orders.paid_amount,
        lines_added_up.goods_of_lines,
        coalesce(lines_added_up.line_count, 0) as line_count,
        coalesce(lines_added_up.line_discount, 0) as line_discount,
        coalesce(lines_added_up.charged_by_lines, 0) as charged_by_lines

    from orders
    inner join watched
        on orders.store_id = watched.store_id
    left join stores_with_lines
        on orders.store_id = stores_with_lines.store_id
    left join lines_added_up
        on
            orders.order_key = lines_added_up.order_key
            and orders.currency = lines_added_up.currency
    where
        orders.is_paid
        and not orders.is_cancelled
        and not orders.is_test
        and {{ elapsed_seconds('orders.settled_at', 'watched.complete_until') }}
        >= 86400
        -- where a store has lines, an order without one is not known whole
        and (
            lines_added_up.order_key is not null
            or stores_with_lines.store_id is null
        )

),

orders_added_up as (

    select
        *,
        paid_amount - (
            goods_amount - line_discount - discount + shipping_charged + tax
            + charged_by_lines - gift_card_amount
        ) as paid_gap,
        goods_amount - goods_of_lines as goods_gap,
        -- Each line may have been rounded by half a cent, and so may each amount of
        -- the order; at the till francs are rounded to five cents.
        0.05 + 0.005 * line_count as rounding
    from settled

)

select * from orders_added_up
