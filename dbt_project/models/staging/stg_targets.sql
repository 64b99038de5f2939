with

source as (

    {{ latest_accepted('targets') }}

),

renamed as (

    select
        ---------- ids
        store_id,

        ---------- text
        metric,
        currency,

        ---------- numerics
        cast(value as decimal(18, 2)) as value,  -- noqa: RF04

        ---------- timestamps
        target_date,
        updated_at

    from source

)

select * from renamed
