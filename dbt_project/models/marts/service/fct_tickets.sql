{{ config(**incremental_by_event_date()) }}

with

tickets as (

    select * from {{ ref('int_tickets_dated') }}
    where {{ is_rebuilt('fct_tickets') }}

),

tickets_keyed as (

    select
        {{ surrogate_key(['store_id', 'ticket_id']) }} as ticket_key,
        store_id,
        ticket_id,
        case
            when order_id is not null
                then {{ surrogate_key(['store_id', 'order_id']) }}
        end as order_key,
        order_id,
        case
            when customer_id is not null
                then {{ account_key('store_id', 'customer_id') }}
        end as buyer_key,
        agent_id,
        channel as contact_channel,
        kind as ticket_kind,
        reason_code,
        csat,
        coalesce(reopens, 0) as reopens,
        coalesce(replies, 0) as replies,
        kind in ('complaint', 'dispute') as is_complaint,
        coalesce(is_escalated, false) as is_escalated,
        coalesce(is_sla_breached, false) as is_sla_breached,
        cast(first_reply_seconds as double) / 60 as first_reply_minutes,
        coalesce(first_reply_seconds <= 180, false) as is_answered_in_3_minutes,
        created_at,
        first_reply_at,
        solved_at,
        created_date,
        event_date

    from tickets

)

select * from tickets_keyed
