-- What one KPI says must agree with what the others say about the same store, day and
-- channel: AOV's goods = net sales + refunds, AOV's orders = paid orders, conversion's
-- base = visitors, no more visitors than sessions, no more buyers than paid orders, no
-- more out of stock than on sale.
-- Of all stores only days of which every store is known are compared, for each KPI counts
-- those that it is known of; each of their amounts is rounded to the cent by itself.
-- A row here means that two definitions of the same thing have drifted apart.
with

kpi_days as (

    select * from {{ ref('fct_kpi_daily') }}
    where
        {{ is_republished() }}
        and coalesce(stores_counted = stores_expected, true)

),

side_by_side as (

    select
        kpi_date,
        store_id,
        dimension,
        member,
        max(case when kpi = 'aov' then numerator end) as aov_goods,
        max(case when kpi = 'aov' then denominator end) as aov_orders,
        max(case when kpi = 'paid_orders' then numerator end) as paid_orders,
        max(case when kpi = 'net_sales' then numerator end) as net_sales,
        max(case when kpi = 'refund_value' then numerator end) as refund_value,
        max(case when kpi = 'visitors' then numerator end) as visitors,
        max(case when kpi = 'sessions' then numerator end) as sessions,
        max(case when kpi = 'payment_conversion' then numerator end) as buyers,
        max(case when kpi = 'payment_conversion' then denominator end) as base,
        max(case when kpi = 'out_of_stock_rate' then numerator end) as skus_out,
        max(case when kpi = 'out_of_stock_rate' then denominator end) as live_skus
    from kpi_days
    group by kpi_date, store_id, dimension, member

),

broken as (

    select * from side_by_side
    where
        abs(aov_goods - net_sales - refund_value)
        > case when store_id = 'all' then 0.02 else 0 end
        or aov_orders <> paid_orders
        or base <> visitors
        or visitors > sessions
        or buyers > paid_orders
        or skus_out > live_skus

)

select * from broken
