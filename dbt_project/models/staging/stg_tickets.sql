with

source as (

    {{ latest_accepted('tickets') }}

),

renamed as (

    select
        ---------- ids
        store_id,
        ticket_id,
        order_id,
        customer_id,
        agent_id,

        ---------- text
        channel,
        kind,
        reason_code,
        csat,

        ---------- numerics
        reopens,
        replies,

        ---------- booleans
        is_sla_breached,
        is_escalated,

        ---------- timestamps
        created_at,
        first_reply_at,
        solved_at,
        updated_at,
        _event_day as event_date

    from source

)

select * from renamed
