-- For each store and currency billed, accepted reports of advertising and fct_ads agree
-- in number and spend, over the days this build replaced. A difference means that
-- looking up stores or rates dropped or doubled reports.
with

accepted_and_built as (

    select
        ads.store_id,
        ads.currency,
        1 as report_count,
        ads.spend
    from {{ ref('stg_ads') }} as ads
    inner join {{ ref('stg_stores') }} as stores
        on ads.store_id = stores.store_id
    where {{ is_rebuilt('fct_ads', 'ads.event_date') }}

    union all

    select
        store_id,
        account_currency as currency,
        -1 as report_count,
        -account_spend as spend
    from {{ ref('fct_ads') }}
    where {{ is_rebuilt('fct_ads') }}

),

differences as (

    select
        store_id,
        currency,
        sum(report_count) as reports_missing,
        sum(spend) as spend_missing
    from accepted_and_built
    group by store_id, currency
    having sum(report_count) <> 0 or sum(spend) <> 0

)

select * from differences
