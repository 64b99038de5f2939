-- For each store, accepted refunds and fct_refunds agree in number and value, over the
-- days this build replaced. A difference means that looking up orders or rates dropped
-- or doubled refunds.
with

accepted_and_built as (

    select
        refunds.store_id,
        1 as refund_count,
        coalesce(refunds.amount, 0) as goods_amount
    from {{ ref('stg_refunds') }} as refunds
    inner join {{ ref('stg_stores') }} as stores
        on refunds.store_id = stores.store_id
    where {{ is_rebuilt('fct_refunds', 'refunds.event_date') }}

    union all

    select
        store_id,
        -1 as refund_count,
        -goods_amount as goods_amount
    from {{ ref('fct_refunds') }}
    where {{ is_rebuilt('fct_refunds') }}

),

differences as (

    select
        store_id,
        sum(refund_count) as refunds_missing,
        sum(goods_amount) as goods_amount_missing
    from accepted_and_built
    group by store_id
    having sum(refund_count) <> 0 or sum(goods_amount) <> 0

)

select * from differences
