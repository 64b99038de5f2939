-- The shop's own promotions, store by store, with the days on which they are felt: from
-- a week before, when buyers wait for them, to two weeks after, when they have bought.
with

promotions as (

    select
        stores.store_id,
        stores.currency,
        events.event_id,
        events.name_en,
        events.name_zh,
        events.starts_on,
        events.ends_on,
        {{ add_days('events.starts_on', -7) }} as felt_from,
        {{ add_days('events.ends_on', 14) }} as felt_until

    from {{ ref('dim_calendar_events') }} as events
    inner join {{ ref('dim_stores') }} as stores
        on
            events.store_id = stores.store_id
            or events.store_id is null
    where events.kind = 'promo'

)

select * from promotions
