with

calendar_events as (

    select
        event_id,
        kind,
        name_en,
        name_zh,
        starts_on,
        ends_on,
        store_id

    from {{ ref('stg_calendar_events') }}

)

select * from calendar_events
