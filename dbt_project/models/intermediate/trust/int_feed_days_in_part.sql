-- Days of which a feed that is complete has only a part: somebody has not reported yet,
-- or amounts in another currency than the store's cannot be converted and are in no
-- sum.
with

awaited as (

    select
        store_id,
        feed,
        kpi_date as business_date,
        'not_reported' as reason
    from {{ ref('int_missing_reports') }}
    where dimension = 'all'

),

amounts_without_rate as (

    select
        store_id,
        'ads' as feed,
        report_date as business_date
    from {{ ref('fct_ads') }}
    where spend is null and account_spend is not null
    union distinct
    select
        store_id,
        'fees' as feed,
        charged_date as business_date
    from {{ ref('fct_fees') }}
    where amount is null and charged_amount is not null
    union distinct
    select
        store_id,
        'platform_reports' as feed,
        business_date
    from {{ ref('fct_platform_gaps') }}
    where report_amount is null and amount_as_reported is not null

),

parts as (

    select * from awaited
    union all
    select
        *,
        'no_exchange_rate' as reason
    from amounts_without_rate

),

feed_days_in_part as (

    select
        store_id,
        feed,
        business_date,
        max(reason) as reason
    from parts
    group by store_id, feed, business_date

)

select * from feed_days_in_part
