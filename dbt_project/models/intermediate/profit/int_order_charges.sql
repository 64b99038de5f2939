{{ config(materialized='table') }}

-- What is charged for parcels and by others, summed by the day it is charged, next to
-- the channel and the day of payment of the order it is for.
with

charges as (

    select
        store_id,
        order_key,
        fee_type as cost_type,
        currency,
        amount,
        charged_date as cost_date
    from {{ ref('fct_fees') }}
    where amount is not null
    union all
    select
        store_id,
        order_key,
        'freight' as cost_type,
        currency,
        freight_cost as amount,
        shipped_date as cost_date
    from {{ ref('fct_shipments') }}
    where shipped_date is not null and freight_cost is not null

),

orders as (

    select
        order_key,
        channel,
        case when is_valid_order then paid_date end as paid_date
    from {{ ref('fct_orders') }}

),

order_charges as (

    select
        charges.store_id,
        charges.cost_type,
        charges.currency,
        charges.cost_date,
        orders.channel,
        orders.paid_date,
        sum(charges.amount) as amount

    from charges

    left join orders
        on charges.order_key = orders.order_key

    group by
        charges.store_id,
        charges.cost_type,
        charges.currency,
        charges.cost_date,
        orders.channel,
        orders.paid_date

)

select * from order_charges
