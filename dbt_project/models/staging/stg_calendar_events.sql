with

source as (

    {{ latest_accepted('calendar_events') }}

),

renamed as (

    select
        ---------- ids
        event_id,
        store_id,

        ---------- text
        kind,
        name_en,
        name_zh,

        ---------- timestamps
        starts_on,
        ends_on,
        updated_at

    from source

)

select * from renamed
