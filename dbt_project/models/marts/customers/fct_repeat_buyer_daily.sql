{{ config(**rebuilt_whole('business_date')) }}

with

changes as (

    select * from {{ ref('int_repeat_buyer_changes') }}

),

feed_spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'orders'

),

windows as (

    select distinct window_days from changes

),

-- Days whose window lies within the history: one that reaches back before it would read
-- as fewer repeat buyers.
days as (

    select
        feed_spans.store_id,
        windows.window_days,
        calendar.calendar_date as business_date
    from feed_spans
    cross join windows
    inner join {{ ref('dim_calendar') }} as calendar
        on
            {{ add_days('feed_spans.first_day', 'windows.window_days - 1') }}
            <= calendar.calendar_date
            and feed_spans.last_day >= calendar.calendar_date

),

changes_and_days as (

    select
        store_id,
        window_days,
        business_date,
        buyers,
        repeat_buyers,
        false as is_day
    from changes
    union all
    select
        store_id,
        window_days,
        business_date,
        0 as buyers,
        0 as repeat_buyers,
        true as is_day
    from days

),

-- Without a frame a running sum takes in all rows of its day.
changes_added_up as (

    select
        store_id,
        window_days,
        business_date,
        is_day,
        sum(buyers) over (
            partition by store_id, window_days order by business_date
        ) as buyers,
        sum(repeat_buyers) over (
            partition by store_id, window_days order by business_date
        ) as repeat_buyers
    from changes_and_days

),

repeat_buyer_days as (

    select
        {{ surrogate_key(['store_id', 'window_days', 'business_date']) }}
            as repeat_buyer_day_key,
        store_id,
        window_days,
        cast(buyers as bigint) as buyers,
        cast(repeat_buyers as bigint) as repeat_buyers,
        business_date
    from changes_added_up
    where is_day

)

select * from repeat_buyer_days
