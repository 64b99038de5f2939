with

source as (

    {{ latest_accepted('platform_reports') }}

),

renamed as (

    select
        ---------- ids
        store_id,

        ---------- text
        variant,
        currency,

        ---------- numerics
        cast(amount as decimal(18, 2)) as amount,

        ---------- timestamps
        report_date,
        updated_at

    from source

)

select * from renamed
