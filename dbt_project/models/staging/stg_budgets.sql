with

source as (

    {{ latest_accepted('budgets') }}

),

renamed as (

    select
        ---------- ids
        store_id,

        ---------- text
        budget_kind,
        scope,
        currency,

        ---------- numerics
        cast(amount as decimal(18, 2)) as amount,

        ---------- timestamps
        budget_date,
        updated_at

    from source

)

select * from renamed
