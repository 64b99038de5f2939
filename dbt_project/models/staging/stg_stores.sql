with

source as (

    {{ latest_accepted('stores') }}

),

renamed as (

    select
        ---------- ids
        store_id,

        ---------- text
        store_name,
        platform,
        timezone,
        currency,
        _source as source_name,

        ---------- timestamps
        opened_at,
        updated_at

    from source

)

select * from renamed
