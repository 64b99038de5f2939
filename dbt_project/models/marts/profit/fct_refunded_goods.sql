{{ config(**rebuilt_whole('refund_date')) }}

with

refunds as (

    select
        *,
        coalesce(refund_kind in ('return_refund', 'pre_ship'), false) as comes_back
    from {{ ref('int_refunds_with_cost') }}

),

refunds_split as (

    select
        *,
        -- a cost that is not known stays so on both sides
        case when goods_cost is null or comes_back then goods_cost else 0 end
            as restocked_cost,
        case when goods_cost is null or not comes_back then goods_cost else 0 end
            as lost_cost
    from refunds

),

refunded_goods as (

    select
        refund_key,
        store_id,
        refund_id,
        order_key,
        sku,
        category,
        channel,
        refund_kind,
        comes_back,
        quantity,
        currency,
        goods_amount,
        is_cost_known,
        {{ amount('restocked_cost') }} as restocked_cost,
        {{ amount('lost_cost') }} as lost_cost,
        order_paid_date,
        refund_date

    from refunds_split

)

select * from refunded_goods
