-- What advertising cost and claims, in the currency of the store it is for, at the
-- rates of the account's day.
with

ads as (

    select * from {{ ref('stg_ads') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

ads_with_rates as (

    select
        ads.*,
        stores.currency as store_currency,
        account_rates.rate as account_rate,
        store_rates.rate as store_rate

    from ads

    inner join stores
        on ads.store_id = stores.store_id

    {{ join_exchange_rates('account_rates', 'ads.currency', 'ads.report_date') }}

    {{ join_exchange_rates('store_rates', 'stores.currency', 'ads.report_date') }}

),

ads_in_store_currency as (

    select
        *,
        {{ in_store_currency(
            'spend', 'currency', 'store_currency', 'account_rate', 'store_rate'
        ) }} as store_spend,
        {{ in_store_currency(
            'conversion_value', 'currency', 'store_currency', 'account_rate', 'store_rate'
        ) }} as store_conversion_value

    from ads_with_rates

)

select * from ads_in_store_currency
