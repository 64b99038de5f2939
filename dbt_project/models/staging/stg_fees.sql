with

source as (

    {{ latest_accepted('fees') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        fee_id,
        order_id,

        ---------- text
        fee_type,
        currency,

        ---------- numerics
        cast(amount as decimal(18, 2)) as amount,

        ---------- timestamps
        charged_at,
        settled_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
