-- What happened within 24 hours to carts from their creation, and to checkouts from
-- their start. Later is another matter: cash on delivery is paid at the door, the rest
-- of a presale weeks later, and a rate that went on moving could not be scored. So a
-- day is made of its own events and those of the day after. An id that the shop uses
-- again on another UTC day is another cart.
with

events as (

    select
        *,
        coalesce(checkout_id, cart_id) as checkout_or_cart_id

    from {{ ref('stg_checkouts') }}

),

starts as (

    select
        'cart' as followed,
        store_id,
        cart_id,
        cart_id as followed_id,
        event_date,
        min(occurred_at) as started_at

    from events
    where event_type = 'cart_created'
    group by store_id, cart_id, event_date

    union all

    select
        'checkout' as followed,
        store_id,
        cart_id,
        checkout_or_cart_id as followed_id,
        event_date,
        min(occurred_at) as started_at

    from events
    where event_type = 'checkout_started'
    group by store_id, cart_id, checkout_or_cart_id, event_date

),

steps as (

    select
        starts.*,
        events.session_id,
        events.visitor_id,
        events.customer_id,
        events.order_id,
        events.event_type,
        events.pay_type,
        events.currency,
        events.cart_value,
        events.occurred_at,
        row_number() over (
            partition by
                starts.followed, starts.store_id, starts.cart_id,
                starts.followed_id, starts.event_date
            order by
                events.occurred_at desc, events.cart_value desc, events.event_id asc
        ) as step_rank,
        row_number() over (
            partition by
                starts.followed, starts.store_id, starts.cart_id,
                starts.followed_id, starts.event_date
            order by
                events.pay_type is null asc,
                events.occurred_at desc,
                events.event_id asc
        ) as payment_rank

    from starts

    inner join events
        on
            starts.store_id = events.store_id
            and starts.cart_id = events.cart_id
            and starts.started_at <= events.occurred_at
            and {{ elapsed_seconds('starts.started_at', 'events.occurred_at') }}
            <= 86400
            -- a cart may be checked out again; giving it up is no step of a checkout
            and (
                starts.followed = 'cart'
                or events.checkout_id is null
                or starts.followed_id = events.checkout_id
            )

)

select * from steps
