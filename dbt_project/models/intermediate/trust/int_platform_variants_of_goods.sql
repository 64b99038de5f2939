-- What platforms would show that count goods, from their definitions, row by row.
with

goods as (

    select
        orders.*,
        order_lines.gross_amount,
        -order_lines.discount_amount as discount_amount
    from {{ ref('fct_order_lines') }} as order_lines
    inner join {{ ref('int_bridge_orders') }} as orders
        on order_lines.order_key = orders.order_key
    where order_lines.is_goods

),

sales as (

    select
        *,
        gross_amount as amount
    from goods
    union all
    select
        *,
        discount_amount as amount
    from goods

),

refunds as (

    select
        refunds.*,
        -refunds.goods_amount as amount
    from {{ ref('fct_refunds') }} as refunds
    left join {{ ref('int_bridge_orders') }} as orders
        on refunds.order_key = orders.order_key
    where
        refunds.is_goods
        and not coalesce(orders.is_test or orders.is_cancelled, false)

),

-- Sales on the day of the order, returns on theirs; tests and cancelled orders are out.
net_sales_shopify as (

    select
        'net_sales_shopify' as variant,
        store_id,
        order_date as kpi_date,
        amount
    from sales
    where not is_test and not is_cancelled
    union all
    select
        'net_sales_shopify' as variant,
        store_id,
        refund_date as kpi_date,
        amount
    from refunds

),

-- Whatever was ordered, before discounts, on Amazon's Pacific day.
ordered_sales_amz as (

    select
        'ordered_sales_amz' as variant,
        store_id,
        pacific_date as kpi_date,
        gross_amount as amount
    from goods

),

-- Orders on their day; cancelled, test, gift card and zero-value orders are zeroed.
rev_daasity as (

    select
        'rev_daasity' as variant,
        store_id,
        order_date as kpi_date,
        amount
    from sales
    where not is_cancelled and invalid_reason is null

),

platform_variants as (

    select * from net_sales_shopify
    union all
    select * from ordered_sales_amz
    union all
    select * from rev_daasity

)

select * from platform_variants
