{{ config(severity='warn') }}

with

amounts_without_rate as (

    select
        currency,
        order_date as amount_date
    from {{ ref('fct_orders') }}
    where paid_amount_reporting is null

    union all

    select
        currency,
        requested_date as amount_date
    from {{ ref('fct_refunds') }}
    where goods_amount_reporting is null

    union all

    select
        case when spend is null then account_currency else currency end as currency,
        report_date as amount_date
    from {{ ref('fct_ads') }}
    where spend_reporting is null

    union all

    select
        case when amount is null then charged_currency else currency end as currency,
        charged_date as amount_date
    from {{ ref('fct_fees') }}
    where amount_reporting is null

),

currencies_without_rate as (

    select
        currency,
        min(amount_date) as first_date,
        max(amount_date) as last_date,
        count(*) as amounts
    from amounts_without_rate
    group by currency

)

select * from currencies_without_rate
