-- Days into which windows fall that were rejected as a whole, or that nobody can ask
-- for any more.
with

feed_days as (

    select * from {{ ref('int_feed_daily') }}

),

windows as (

    select
        feed,
        source_name,
        window_start,
        window_end,
        window_start as rejected_since,
        cast(null as timestamp) as lost_since
    from {{ ref('fct_rejected_windows') }}
    union all
    select
        feed,
        source_name,
        window_start,
        window_end,
        cast(null as timestamp) as rejected_since,
        window_start as lost_since
    from {{ ref('int_lost_windows') }}

),

feed_days_interrupted as (

    select
        feed_days.store_id,
        feed_days.feed,
        feed_days.business_date,
        min(windows.rejected_since) as rejected_since,
        min(windows.lost_since) as lost_since

    from feed_days
    inner join windows
        on
            feed_days.source_name = windows.source_name
            and feed_days.feed = windows.feed
            and feed_days.starts_at < windows.window_end
            and feed_days.ends_at > windows.window_start
    group by feed_days.store_id, feed_days.feed, feed_days.business_date

)

select * from feed_days_interrupted
