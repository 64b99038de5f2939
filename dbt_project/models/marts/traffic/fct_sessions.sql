{{ config(**incremental_by_event_date()) }}

with

sessions as (

    select * from {{ ref('int_sessions_dated') }}
    where {{ is_rebuilt('fct_sessions') }}

),

sessions_described as (

    select
        {{ surrogate_key(['store_id', 'session_id', 'first_event_id']) }}
            as session_key,
        store_id,
        session_id,
        visitor_id,
        channel,
        campaign_id,
        device,
        started_at,
        ended_at,
        session_date,
        cast(page_views as bigint) as page_views,
        cast(product_views as bigint) as product_views,
        carts = 1 as has_cart,
        checkouts = 1 as has_checkout,
        purchases = 1 as has_purchase,
        events = 1 as is_bounced,
        bots = 1 as is_bot,
        event_date

    from sessions

)

select * from sessions_described
