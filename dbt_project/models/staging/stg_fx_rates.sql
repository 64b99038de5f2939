with

source as (

    {{ latest_accepted('fx_rates') }}

),

renamed as (

    select
        ---------- ids
        rate_date,

        ---------- text
        from_currency,
        to_currency,

        ---------- numerics
        cast(rate as decimal(18, 8)) as rate,

        ---------- timestamps
        updated_at

    from source

)

select * from renamed
