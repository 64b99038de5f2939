with

source as (

    {{ latest_accepted('ads') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        ad_platform,
        account_id,
        campaign_id,
        ad_group_id,
        sku,

        ---------- text
        account_timezone,
        campaign_name,
        channel,
        currency,

        ---------- numerics
        cast(spend as decimal(18, 2)) as spend,
        impressions,
        clicks,
        conversions,
        cast(conversion_value as decimal(18, 2)) as conversion_value,
        new_customer_conversions,

        ---------- timestamps
        report_date,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
