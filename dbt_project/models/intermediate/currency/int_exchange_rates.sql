{{ config(**compared_with_last_build()) }}

-- What one unit of a currency is worth in the reporting currency, day by day. A day
-- without a rate (a weekend, a bank holiday) takes the last one before it, at most
-- seven days old: after that the feed is broken and no amount is better than a wrong
-- one.
with

fx_rates as (

    select * from {{ ref('stg_fx_rates') }}
    where to_currency = '{{ var("reporting_currency") }}'

),

rates_in_order as (

    select
        from_currency as currency,
        rate,
        rate_date as valid_from,
        lead(rate_date) over (
            partition by from_currency order by rate_date
        ) as replaced_on,
        {{ add_days('rate_date', 8) }} as expires_on

    from fx_rates
    where from_currency <> to_currency

),

rates_with_validity as (

    select
        currency,
        rate,
        valid_from,
        case
            when replaced_on < expires_on then replaced_on
            else expires_on
        end as valid_to

    from rates_in_order

),

reporting_currency as (

    select
        '{{ var("reporting_currency") }}' as currency,
        cast(1 as decimal(18, 8)) as rate,
        cast('1900-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to

),

exchange_rates as (

    select * from rates_with_validity
    union all
    select * from reporting_currency

)

select * from exchange_rates
