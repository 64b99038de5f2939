-- No day on which a store sold, gave back or was visited, and which the feeds cover
-- from midnight, is without its KPIs: whatever master data say, they never take away
-- history. Days are worked out here from coverage, not by int_feed_spans, on purpose.
with

days_of_trade as (

    select
        'paid_orders' as kpi,
        'orders' as feed,
        store_id,
        order_date as trade_date
    from {{ ref('fct_orders') }}
    where not is_test
    union distinct
    select
        'paid_orders' as kpi,
        'orders' as feed,
        store_id,
        paid_date as trade_date
    from {{ ref('fct_orders') }}
    where is_paid and is_valid_order
    union distinct
    select
        'refund_value' as kpi,
        'refunds' as feed,
        store_id,
        refund_date as trade_date
    from {{ ref('fct_refunds') }}
    where refund_date is not null and is_counted
    union distinct
    select
        'sessions' as kpi,
        'traffic' as feed,
        store_id,
        session_date as trade_date
    from {{ ref('fct_sessions') }}
    where not is_bot

),

covered_days_of_trade as (

    select days_of_trade.*
    from days_of_trade
    inner join {{ ref('dim_stores') }} as stores
        on days_of_trade.store_id = stores.store_id
    inner join {{ ref('fct_feed_coverage') }} as coverage
        on
            stores.source_name = coverage.source_name
            and days_of_trade.feed = coverage.feed
            and {{ store_day_start('days_of_trade.trade_date', 'stores.timezone') }}
            >= coverage.covered_from
            and {{ store_day_start('days_of_trade.trade_date', 'stores.timezone') }}
            < coverage.complete_until

),

days_without_kpis as (

    select covered_days_of_trade.*
    from covered_days_of_trade
    left join {{ ref('fct_kpi_daily') }} as kpi_days
        on
            covered_days_of_trade.kpi = kpi_days.kpi
            and covered_days_of_trade.store_id = kpi_days.store_id
            and covered_days_of_trade.trade_date = kpi_days.kpi_date
            and kpi_days.dimension = 'all'
    where kpi_days.kpi is null

)

select * from days_without_kpis
