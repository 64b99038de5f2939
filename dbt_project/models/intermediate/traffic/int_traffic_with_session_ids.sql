-- Every event with what is known of its session id as a whole.
with

traffic as (

    select * from {{ ref('stg_traffic') }}

),

session_ids as (

    select * from {{ ref('int_session_ids') }}

),

traffic_with_session_ids as (

    select
        traffic.*,
        session_ids.is_one_session,
        cast(session_ids.first_occurred_at as date) as first_date_of_id,
        {{ order_of_events('traffic.occurred_at', 'traffic.event_id') }}
        = session_ids.first_event as is_first_of_id

    from traffic

    inner join session_ids
        on
            traffic.store_id = session_ids.store_id
            and traffic.session_id is not distinct from session_ids.session_id

)

select * from traffic_with_session_ids
