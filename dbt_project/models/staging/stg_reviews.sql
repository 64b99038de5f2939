with

source as (

    {{ latest_accepted('reviews') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        review_id,
        order_id,
        sku,

        ---------- numerics
        stars,
        stars_description,
        stars_service,
        stars_logistics,

        ---------- booleans
        is_negative,

        ---------- timestamps
        created_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
