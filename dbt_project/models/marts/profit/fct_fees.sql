{{ config(**incremental_by_event_date()) }}

with

fees as (

    select * from {{ ref('int_fees_in_store_currency') }}
    where {{ is_rebuilt('fct_fees') }}

),

fees_in_all_currencies as (

    select
        {{ surrogate_key(['store_id', 'fee_id']) }} as fee_key,
        store_id,
        fee_id,
        case
            when order_id is not null
                then {{ surrogate_key(['store_id', 'order_id']) }}
        end as order_key,
        order_id,
        fee_type,
        currency as charged_currency,
        {{ amount('amount') }} as charged_amount,
        store_currency as currency,
        store_amount as amount,
        {{ amount('round(store_amount * store_rate, 2)') }} as amount_reporting,
        charged_at,
        settled_at,
        charged_date,
        settled_date,
        event_date

    from fees

)

select * from fees_in_all_currencies
