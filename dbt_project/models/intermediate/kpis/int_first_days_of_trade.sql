-- The first day on which a store was at work, whatever its row says today of the day it
-- opened: somebody ordered, paid, got money back or looked round. Tests and bots are no
-- trade.
with

days_of_trade as (

    select
        store_id,
        order_date as trade_date
    from {{ ref('fct_orders') }}
    where not is_test
    union all
    select
        store_id,
        paid_date as trade_date
    from {{ ref('fct_orders') }}
    where not is_test
    union all
    select
        store_id,
        refund_date as trade_date
    from {{ ref('fct_refunds') }}
    where is_counted
    union all
    select
        store_id,
        session_date as trade_date
    from {{ ref('fct_sessions') }}
    where not is_bot

),

first_days_of_trade as (

    select
        store_id,
        min(trade_date) as traded_from
    from days_of_trade
    group by store_id

)

select * from first_days_of_trade
