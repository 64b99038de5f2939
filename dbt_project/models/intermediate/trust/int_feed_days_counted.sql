-- What came in of every feed on every day it is asked for. Rows of feeds that describe
-- or plan are restated, not added to: there are no counts of them.
with

feed_days as (

    select
        *,
        {{ is_one_of_feeds('feed', counted_feeds()) }} as is_counted,
        {{ is_one_of_feeds('feed', counted_feeds_with_money()) }} as has_money
    from {{ ref('int_feed_daily') }}

),

accepted_rows as (

    select
        store_id,
        feed,
        business_date,
        sum(rows_accepted) as rows_accepted,
        sum(rows_late) as rows_late
    from {{ ref('int_feed_rows') }}
    group by store_id, feed, business_date

),

refused_rows as (

    select * from {{ ref('int_refused_rows_summed') }}

),

known_stores as (

    select
        feed_days.store_id,
        feed_days.feed,
        feed_days.currency,
        feed_days.business_date,
        feed_days.is_whole,
        feed_days.lag_hours,
        case
            when feed_days.is_counted then coalesce(accepted_rows.rows_accepted, 0)
        end as rows_accepted,
        case
            when feed_days.is_counted then coalesce(accepted_rows.rows_late, 0)
        end as rows_late,
        case
            when feed_days.is_counted then coalesce(refused_rows.rows_quarantined, 0)
        end as rows_quarantined,
        case
            when feed_days.has_money then coalesce(refused_rows.amount_refused, 0)
        end as amount_refused

    from feed_days
    left join accepted_rows
        on
            feed_days.store_id = accepted_rows.store_id
            and feed_days.feed = accepted_rows.feed
            and feed_days.business_date = accepted_rows.business_date
    left join refused_rows
        on
            feed_days.store_id = refused_rows.store_id
            and feed_days.feed = refused_rows.feed
            and feed_days.business_date = refused_rows.business_date

),

unknown_stores as (

    select
        store_id,
        feed,
        cast(null as {{ dbt.type_string() }}) as currency,
        business_date,
        false as is_whole,
        cast(null as decimal(12, 2)) as lag_hours,
        0 as rows_accepted,
        0 as rows_late,
        rows_quarantined,
        cast(null as decimal(18, 2)) as amount_refused
    from refused_rows
    where store_id = 'unknown'

),

feed_days_counted as (

    select * from known_stores
    union all
    select * from unknown_stores

)

select * from feed_days_counted
