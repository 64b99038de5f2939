-- For each store and day, the costs of all kinds but goods add up to the charges, the
-- freight of parcels that left and the spend on advertising; goods and return loss to
-- what goods sold had cost less what is in stock again.
-- A difference means that looking up orders dropped or doubled costs.
with

from_facts as (

    select
        store_id,
        charged_date as cost_date,
        false as is_goods,
        amount
    from {{ ref('fct_fees') }}
    union all
    select
        store_id,
        shipped_date as cost_date,
        false as is_goods,
        freight_cost as amount
    from {{ ref('fct_shipments') }}
    where shipped_date is not null
    union all
    select
        store_id,
        report_date as cost_date,
        false as is_goods,
        spend as amount
    from {{ ref('fct_ads') }}
    union all
    select
        store_id,
        paid_date as cost_date,
        true as is_goods,
        quantity * unit_cost as amount
    from {{ ref('fct_order_lines') }}
    where is_goods and is_paid and is_valid_order
    union all
    select
        store_id,
        refund_date as cost_date,
        true as is_goods,
        -restocked_cost as amount
    from {{ ref('fct_refunded_goods') }}

),

both_ways as (

    select * from from_facts
    where amount is not null
    union all
    select
        store_id,
        cost_date,
        comes_from in ('fct_order_lines', 'fct_refunded_goods') as is_goods,
        -amount as amount
    from {{ ref('fct_costs') }}

),

differences as (

    select
        store_id,
        cost_date,
        is_goods,
        sum(amount) as amount_missing
    from both_ways
    group by store_id, cost_date, is_goods
    having sum(amount) <> 0

)

select * from differences
