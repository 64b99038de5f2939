-- The local days on which competitors were tracked, and the 27 days before, which sums
-- that look back need.
with

spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'competitor_prices'

),

stores as (

    select * from {{ ref('dim_stores') }}

),

competitor_tracked_days as (

    select
        spans.store_id,
        spans.first_day,
        calendar.calendar_date as sku_date,
        {{ store_day_start(add_days('calendar.calendar_date', 1), 'stores.timezone') }}
            as ends_at

    from spans

    inner join stores
        on spans.store_id = stores.store_id

    inner join {{ ref('dim_calendar') }} as calendar
        on
            {{ add_days('calendar.calendar_date', 27) }} >= spans.first_day
            and spans.last_day >= calendar.calendar_date

)

select * from competitor_tracked_days
