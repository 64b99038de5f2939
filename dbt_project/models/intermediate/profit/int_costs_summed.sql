-- What every store was charged or used up, summed by day, kind and channel. A charge
-- lies where its order does; what no single order causes lies in no channel.
with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where is_goods and is_paid and is_valid_order and unit_cost is not null

),

cost_lines as (

    select
        store_id,
        'goods' as cost_type,
        channel,
        currency,
        paid_date as cost_date,
        quantity * unit_cost as amount
    from order_lines
    union all
    -- back in stock, or a loss of its own line
    select
        store_id,
        'goods' as cost_type,
        channel,
        currency,
        refund_date as cost_date,
        -restocked_cost - lost_cost as amount
    from {{ ref('fct_refunded_goods') }}
    where is_cost_known
    union all
    select
        store_id,
        'return_loss' as cost_type,
        channel,
        currency,
        refund_date as cost_date,
        lost_cost as amount
    from {{ ref('fct_refunded_goods') }}
    where is_cost_known
    union all
    select
        store_id,
        cost_type,
        channel,
        currency,
        cost_date,
        amount
    from {{ ref('int_order_charges') }}
    union all
    select
        store_id,
        'ads' as cost_type,
        channel,
        currency,
        report_date as cost_date,
        spend as amount
    from {{ ref('fct_ads') }}
    where spend is not null

),

costs_summed as (

    select
        store_id,
        cost_type,
        channel,
        currency,
        cost_date,
        sum(amount) as amount
    from cost_lines
    group by store_id, cost_type, channel, currency, cost_date

)

select * from costs_summed
