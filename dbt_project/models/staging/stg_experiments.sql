with

source as (

    {{ latest_accepted('experiments') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        experiment_id,
        unit_id,

        ---------- text
        arm,

        ---------- timestamps
        exposed_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
