{{ config(**incremental_by_event_date()) }}

with

ads as (

    select * from {{ ref('int_ads_in_store_currency') }}
    where {{ is_rebuilt('fct_ads') }}

),

ads_in_all_currencies as (

    select
        {{ surrogate_key([
            'store_id', 'ad_platform', 'account_id', 'campaign_id', 'ad_group_id',
            'report_date',
        ]) }} as ad_key,
        store_id,
        ad_platform,
        account_id,
        campaign_id,
        campaign_name,
        ad_group_id,
        channel,
        sku,
        account_timezone,
        currency as account_currency,
        {{ amount('spend') }} as account_spend,
        store_currency as currency,
        store_spend as spend,
        {{ amount('round(store_spend * store_rate, 2)') }} as spend_reporting,
        impressions,
        clicks,
        conversions,
        new_customer_conversions,
        store_conversion_value as conversion_value,
        {{ amount('round(store_conversion_value * store_rate, 2)') }}
            as conversion_value_reporting,
        report_date,
        updated_at,
        event_date

    from ads

)

select * from ads_in_all_currencies
