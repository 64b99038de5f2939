-- Every event with the session it belongs to. The site's session id is split where
-- nothing happened for 30 minutes, and a chain of events that is still running at its
-- second UTC midnight is cut there. So a session touches two UTC days at most, and a
-- day can be rebuilt from the days around it: the build plan reads two days before and
-- one after each rebuilt day. Only bots run that long.
{%- set of_the_event = 'store_id, session_id, event_id, visitor_id, event_type, channel'
    ~ ', campaign_id, device, user_agent, occurred_at, event_date' %}

with

events_of_one_session as (

    select * from {{ ref('int_traffic_with_session_ids') }}
    where is_one_session

),

-- Not the same as the one above seen twice: it would be kept whole in between.
events_in_order as (

    select
        *,
        lag(occurred_at) over (
            partition by store_id, session_id
            order by occurred_at, event_id
        ) as previous_occurred_at
    from {{ ref('int_traffic_with_session_ids') }}
    where not is_one_session

),

events_with_chain_start as (

    select
        *,
        case
            when previous_occurred_at is null then 1
            when {{ elapsed_seconds('previous_occurred_at', 'occurred_at') }} > 1800
                then 1
            else 0
        end as is_chain_start
    from events_in_order

),

events_with_chain as (

    select
        *,
        sum(is_chain_start) over (
            partition by store_id, session_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as chain_number,
        -- starts come in order of time: the latest so far is the running chain's
        max(case when is_chain_start = 1 then event_date end) over (
            partition by store_id, session_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as chain_date
    from events_with_chain_start

),

events_with_session_date as (

    select
        *,
        case
            when {{ dbt.datediff('chain_date', 'event_date', 'day') }} <= 1
                then chain_date
            else event_date
        end as session_event_date
    from events_with_chain

),

events_with_session as (

    select
        {{ of_the_event }},
        1 as chain_number,
        first_date_of_id as session_event_date,
        is_first_of_id as is_first_event
    from events_of_one_session
    union all
    select
        {{ of_the_event }},
        cast(chain_number as int) as chain_number,
        session_event_date,
        is_chain_start = 1
        or (
            session_event_date = event_date
            and cast(previous_occurred_at as date) < event_date
        ) as is_first_event
    from events_with_session_date

)

select * from events_with_session
