-- What the store is charged, with the local days of its store and in the store's
-- currency, at the rates of the day it was charged.
with

fees as (

    select * from {{ ref('stg_fees') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

fees_dated as (

    select
        fees.*,
        stores.currency as store_currency,
        {{ store_local_date('fees.charged_at', 'stores.timezone') }} as charged_date,
        {{ store_local_date('fees.settled_at', 'stores.timezone') }} as settled_date

    from fees

    inner join stores
        on fees.store_id = stores.store_id

),

fees_in_store_currency as (

    select
        fees_dated.*,
        store_rates.rate as store_rate,
        {{ in_store_currency(
            'fees_dated.amount', 'fees_dated.currency', 'fees_dated.store_currency',
            'charged_rates.rate', 'store_rates.rate'
        ) }} as store_amount

    from fees_dated

    {{ join_exchange_rates(
        'charged_rates', 'fees_dated.currency', 'fees_dated.charged_date'
    ) }}

    {{ join_exchange_rates(
        'store_rates', 'fees_dated.store_currency', 'fees_dated.charged_date'
    ) }}

)

select * from fees_in_store_currency
