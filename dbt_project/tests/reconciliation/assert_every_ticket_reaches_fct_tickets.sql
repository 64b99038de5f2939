-- For each store, accepted tickets and fct_tickets agree in number, and in that of those
-- answered, over the days this build replaced. A difference means that dating or keying
-- dropped or doubled tickets.
with

accepted_and_built as (

    select
        tickets.store_id,
        1 as ticket_count,
        case when tickets.first_reply_at is not null then 1 else 0 end as answered_count
    from {{ ref('stg_tickets') }} as tickets
    inner join {{ ref('stg_stores') }} as stores
        on tickets.store_id = stores.store_id
    where {{ is_rebuilt('fct_tickets', 'tickets.event_date') }}

    union all

    select
        store_id,
        -1 as ticket_count,
        case when first_reply_minutes is not null then -1 else 0 end as answered_count
    from {{ ref('fct_tickets') }}
    where {{ is_rebuilt('fct_tickets') }}

),

differences as (

    select
        store_id,
        sum(ticket_count) as tickets_missing,
        sum(answered_count) as answered_missing
    from accepted_and_built
    group by store_id
    having sum(ticket_count) <> 0 or sum(answered_count) <> 0

)

select * from differences
