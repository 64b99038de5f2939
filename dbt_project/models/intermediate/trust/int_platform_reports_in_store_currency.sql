-- What platforms report, in the currency of the store, at the rates of the day.
with

platform_reports as (

    select * from {{ ref('stg_platform_reports') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

reports_with_rates as (

    select
        platform_reports.*,
        stores.currency as store_currency,
        report_rates.rate as report_rate,
        store_rates.rate as store_rate

    from platform_reports

    inner join stores
        on platform_reports.store_id = stores.store_id

    {{ join_exchange_rates(
        'report_rates', 'platform_reports.currency', 'platform_reports.report_date'
    ) }}

    {{ join_exchange_rates(
        'store_rates', 'stores.currency', 'platform_reports.report_date'
    ) }}

),

reports_in_store_currency as (

    select
        *,
        {{ in_store_currency(
            'amount', 'currency', 'store_currency', 'report_rate', 'store_rate'
        ) }} as store_amount

    from reports_with_rates

)

select * from reports_in_store_currency
