-- Tickets with their business date and how long the first answer took.
with

tickets as (

    select * from {{ ref('stg_tickets') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

tickets_dated as (

    select
        tickets.*,
        {{ elapsed_seconds('tickets.created_at', 'tickets.first_reply_at') }}
            as first_reply_seconds,
        {{ store_local_date('tickets.created_at', 'stores.timezone') }}
            as created_date

    from tickets

    inner join stores
        on tickets.store_id = stores.store_id

)

select * from tickets_dated
