{{ config(materialized='table') }}

-- Sessions out of their events; what a session is comes from its first event.
with

events as (

    select * from {{ ref('int_traffic_sessionized') }}

),

bot_user_agents as (

    select * from {{ ref('int_bot_user_agents') }}

),

events_with_bots as (

    select
        events.*,
        bot_user_agents.user_agent is not null as is_bot

    from events

    left join bot_user_agents
        on events.user_agent = bot_user_agents.user_agent

),

sessions_summed as (

    select
        store_id,
        session_id,
        chain_number,
        session_event_date as event_date,
        max(case when is_first_event then event_id end) as first_event_id,
        max(case when is_first_event then visitor_id end) as visitor_id,
        max(case when is_first_event then channel end) as channel,
        max(case when is_first_event then campaign_id end) as campaign_id,
        max(case when is_first_event then device end) as device,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events,
        sum(case when event_type = 'page_view' then 1 else 0 end) as page_views,
        sum(case when event_type = 'product_view' then 1 else 0 end) as product_views,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) as carts,
        max(case when event_type = 'checkout' then 1 else 0 end) as checkouts,
        max(case when event_type = 'purchase' then 1 else 0 end) as purchases,
        max(case when is_bot then 1 else 0 end) as bots

    from events_with_bots
    group by store_id, session_id, chain_number, session_event_date

)

select * from sessions_summed
