-- Sessions with their business date: the local day on which they started.
with

sessions as (

    select * from {{ ref('int_sessions_summed') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

sessions_dated as (

    select
        sessions.*,
        {{ store_local_date('sessions.started_at', 'stores.timezone') }}
            as session_date

    from sessions

    inner join stores
        on sessions.store_id = stores.store_id

)

select * from sessions_dated
