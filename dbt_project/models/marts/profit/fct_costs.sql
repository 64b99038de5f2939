{{ config(**rebuilt_whole('cost_date')) }}

with

costs_summed as (

    select * from {{ ref('int_costs_summed') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

costs as (

    select
        {{ surrogate_key([
            'costs_summed.store_id', 'costs_summed.cost_date', 'costs_summed.cost_type',
            'costs_summed.channel',
        ]) }} as cost_key,
        costs_summed.store_id,
        costs_summed.cost_type,
        -- the first margin that it lowers; a subscription lowers none of them
        case
            when costs_summed.cost_type in ('goods', 'return_loss') then 'gross_profit'
            when
                costs_summed.cost_type in (
                    'freight', 'packaging', 'fulfilment', 'payment',
                    'platform_commission'
                )
                then 'contribution_1'
            when costs_summed.cost_type = 'ads' then 'contribution_2'
            when costs_summed.cost_type = 'storage' then 'contribution_3'
        end as lowers_from,
        case costs_summed.cost_type
            when 'goods' then 'fct_order_lines'
            when 'return_loss' then 'fct_refunded_goods'
            when 'freight' then 'fct_shipments'
            when 'ads' then 'fct_ads'
            else 'fct_fees'
        end as comes_from,
        costs_summed.channel,
        costs_summed.currency,
        {{ amount('costs_summed.amount') }} as amount,
        {{ amount('round(costs_summed.amount * exchange_rates.rate, 2)') }}
            as amount_reporting,
        costs_summed.cost_date

    from costs_summed

    left join exchange_rates
        on
            costs_summed.currency = exchange_rates.currency
            and costs_summed.cost_date >= exchange_rates.valid_from
            and costs_summed.cost_date < exchange_rates.valid_to

)

select * from costs
