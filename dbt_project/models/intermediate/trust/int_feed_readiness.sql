-- Whether a day's numbers may rest on a feed, and what is wrong if not. Rows in
-- quarantine matter from a tenth on: that many missing make, or hide, the smallest
-- change that is mailed.
with

feed_days as (

    select * from {{ ref('int_feed_daily') }}

),

counts as (

    select * from {{ ref('fct_feed_daily') }}

),

days_seen as (

    select
        feed_days.*,
        interrupted.lost_since,
        interrupted.rejected_since,
        coalesce(counts.rows_accepted, 0) as rows_there,
        coalesce(counts.rows_quarantined, 0) as rows_refused,
        coalesce(counts.amount_refused, 0) as amount_refused,
        case
            when feed_days.is_whole and interrupted.rejected_since is not null
                then 'newer_window_held_back'
            when interrupted.rejected_since is not null then 'window_held_back'
            when interrupted.lost_since is not null then 'not_captured'
            when not feed_days.is_whole then 'feed_behind'
            when
                counts.rows_quarantined > 0
                and counts.rows_quarantined * 10
                >= counts.rows_accepted + counts.rows_quarantined
                then 'rows_in_quarantine'
            else in_part.reason
        end as status_reason

    from feed_days
    left join {{ ref('int_feed_days_interrupted') }} as interrupted
        on
            feed_days.store_id = interrupted.store_id
            and feed_days.feed = interrupted.feed
            and feed_days.business_date = interrupted.business_date
    left join counts
        on
            feed_days.store_id = counts.store_id
            and feed_days.feed = counts.feed
            and feed_days.business_date = counts.business_date
    left join {{ ref('int_feed_days_in_part') }} as in_part
        on
            feed_days.store_id = in_part.store_id
            and feed_days.feed = in_part.feed
            and feed_days.business_date = in_part.business_date

),

feed_readiness as (

    select
        store_id,
        feed,
        business_date,
        ends_at,
        complete_until,
        rows_refused,
        amount_refused,
        case
            when status_reason is null then 'ready'
            when status_reason = 'window_held_back' then 'held_back'
            when status_reason = 'feed_behind' and complete_until <= starts_at
                then 'unknown'
            when status_reason = 'not_captured' and rows_there = 0 then 'unknown'
            else 'partial'
        end as status,
        coalesce(status_reason, 'complete') as status_reason,
        case
            when status_reason in ('window_held_back', 'newer_window_held_back')
                then rejected_since
            when status_reason = 'feed_behind' then complete_until
            when status_reason = 'not_captured' then lost_since
        end as status_since

    from days_seen

)

select * from feed_readiness
