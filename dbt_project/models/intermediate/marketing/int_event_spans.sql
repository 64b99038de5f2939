-- Days on which a store sells otherwise than usual: its own promotions, holidays, and
-- the festivals of its market, which its currency identifies.
with

stores as (

    select
        store_id,
        currency
    from {{ ref('dim_stores') }}

),

event_spans as (

    select
        stores.store_id,
        calendar_events.starts_on,
        calendar_events.ends_on
    from {{ ref('dim_calendar_events') }} as calendar_events
    inner join stores
        on
            calendar_events.store_id = stores.store_id
            or calendar_events.store_id is null
    where calendar_events.kind in ('promo', 'holiday')
    union all
    select
        stores.store_id,
        festivals.starts_on,
        festivals.ends_on
    from {{ ref('festivals') }} as festivals
    inner join stores
        on festivals.currency = stores.currency

)

select * from event_spans
