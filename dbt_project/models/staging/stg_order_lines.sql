with

source as (

    {{ latest_accepted('order_lines') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        order_id,
        order_line_id,
        sku,

        ---------- text
        category,
        line_kind,
        currency,

        ---------- numerics
        quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        -- The one place where a line's money is rounded: half a cent goes up.
        {{ amount('quantity * unit_price') }} as gross_amount,
        cast(list_price as decimal(18, 2)) as list_price,
        cast(line_discount as decimal(18, 2)) as line_discount,
        cast(unit_cost as decimal(18, 2)) as unit_cost,

        ---------- timestamps
        created_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
