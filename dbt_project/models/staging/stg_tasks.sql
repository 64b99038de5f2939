with

source as (

    {{ latest_accepted('tasks') }}

),

renamed as (

    select
        ---------- ids
        task_id,
        store_id,

        ---------- text
        project,
        kind,
        owner,

        ---------- timestamps
        due_at,
        done_at,
        created_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
