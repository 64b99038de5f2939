{{ config(materialized='table') }}

-- What is known of a session id at a glance. One that is over within 30 minutes is one
-- session; nearly all are, and only the events of the others have to be put in order.
with

traffic as (

    select * from {{ ref('stg_traffic') }}

),

session_ids as (

    select
        store_id,
        session_id,
        min(occurred_at) as first_occurred_at,
        min({{ order_of_events('occurred_at', 'event_id') }}) as first_event,
        {{ elapsed_seconds('min(occurred_at)', 'max(occurred_at)') }} <= 1800
            as is_one_session

    from traffic
    group by store_id, session_id

)

select * from session_ids
