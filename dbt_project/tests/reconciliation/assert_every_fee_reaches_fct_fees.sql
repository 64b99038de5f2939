-- For each store, type and currency charged, accepted fees and fct_fees agree in number
-- and amount, over the days this build replaced. A difference means that looking up
-- stores or rates dropped or doubled charges.
with

accepted_and_built as (

    select
        fees.store_id,
        fees.fee_type,
        fees.currency,
        1 as fee_count,
        fees.amount
    from {{ ref('stg_fees') }} as fees
    inner join {{ ref('stg_stores') }} as stores
        on fees.store_id = stores.store_id
    where {{ is_rebuilt('fct_fees', 'fees.event_date') }}

    union all

    select
        store_id,
        fee_type,
        charged_currency as currency,
        -1 as fee_count,
        -charged_amount as amount
    from {{ ref('fct_fees') }}
    where {{ is_rebuilt('fct_fees') }}

),

differences as (

    select
        store_id,
        fee_type,
        currency,
        sum(fee_count) as fees_missing,
        sum(amount) as amount_missing
    from accepted_and_built
    group by store_id, fee_type, currency
    having sum(fee_count) <> 0 or sum(amount) <> 0

)

select * from differences
