-- What platforms report, in the currency of the store, at the rates of the day.
with

platform_reports as (

    select * from {{ ref('stg_platform_reports') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

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

    left join exchange_rates as report_rates
        on
            platform_reports.currency = report_rates.currency
            and platform_reports.report_date >= report_rates.valid_from
            and platform_reports.report_date < report_rates.valid_to

    left join exchange_rates as store_rates
        on
            stores.currency = store_rates.currency
            and platform_reports.report_date >= store_rates.valid_from
            and platform_reports.report_date < store_rates.valid_to

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
