{{ config(materialized='table') }}

-- User agents of bots among the visits, matched once per user agent and not per event.
-- Of replaced versions of an event too, which does no harm: finding the newest of each
-- takes longer than all else here.
with

events as (

    select user_agent from {{ source('accepted', 'traffic') }}

),

user_agents as (

    select distinct user_agent from events
    where user_agent is not null

),

bots as (

    select * from {{ ref('bot_user_agents') }}

),

bot_user_agents as (

    select distinct user_agents.user_agent

    from user_agents

    inner join bots
        on {{ matches_pattern('user_agents.user_agent', 'bots.pattern') }}

)

select * from bot_user_agents
