with

stores as (

    select
        store_id,
        currency
    from {{ ref('dim_stores') }}

),

festivals as (

    select * from {{ ref('festivals') }}

),

-- The shop's own promotions have no lead or tail of their own: a festival of the same
-- days says more. One of a year ago is the same by its name.
own_events as (

    select
        stores.store_id,
        events.kind || ' ' || events.name_en as series,
        events.name_en,
        events.name_zh,
        events.starts_on,
        events.ends_on,
        0 as lead_days,
        0 as tail_days

    from {{ ref('dim_calendar_events') }} as events
    inner join stores
        on
            events.store_id = stores.store_id
            or events.store_id is null
    where events.name_en is not null

),

events as (

    select
        stores.store_id,
        festivals.series,
        festivals.name_en,
        festivals.name_zh,
        festivals.starts_on,
        festivals.ends_on,
        festivals.lead_days,
        festivals.tail_days
    from stores
    inner join festivals
        on stores.currency = festivals.currency
    union all
    select * from own_events

),

-- Each event with the one of its series a year before: ten to fourteen months, which
-- is how far the lunar calendar moves.
events_with_last as (

    select
        events.*,
        last_events.starts_on as last_starts_on,
        last_events.ends_on as last_ends_on,
        row_number() over (
            partition by events.store_id, events.series, events.starts_on
            order by last_events.starts_on desc
        ) as recency

    from events
    inner join events as last_events
        on
            events.store_id = last_events.store_id
            and events.series = last_events.series
            and last_events.starts_on
            between {{ add_days('events.starts_on', -430) }}
            and {{ add_days('events.starts_on', -300) }}

),

events_a_year_apart as (

    select * from events_with_last
    where recency = 1

)

select * from events_a_year_apart
