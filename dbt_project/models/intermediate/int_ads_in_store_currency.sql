-- What advertising cost and claims, in the currency of the store it is for, at the
-- rates of the account's day.
with

ads as (

    select * from {{ ref('stg_ads') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

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

    left join exchange_rates as account_rates
        on
            ads.currency = account_rates.currency
            and ads.report_date >= account_rates.valid_from
            and ads.report_date < account_rates.valid_to

    left join exchange_rates as store_rates
        on
            stores.currency = store_rates.currency
            and ads.report_date >= store_rates.valid_from
            and ads.report_date < store_rates.valid_to

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
