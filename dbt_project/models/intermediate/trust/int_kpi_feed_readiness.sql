{%- set kpis = kpi_definitions() %}

with

feed_readiness as (

    select * from {{ ref('int_feed_readiness') }}

),

kpi_feeds as (
    {{ kpi_feed_rows(kpis) }}
),

kpis as (

    select
        kpi,
        mature_after_days
    from {{ ref('dim_kpis') }}

),

days as (

    select
        store_id,
        business_date,
        min(ends_at) as ends_at,
        max(complete_until) as newest_until
    from feed_readiness
    group by store_id, business_date

),

-- A feed that never came has no days of its own. Facts about feeds themselves are
-- known as far as the feed that reaches furthest.
feeds_of_kpi_days as (

    select
        days.store_id,
        kpi_feeds.kpi,
        days.business_date as kpi_date,
        kpi_feeds.feed,
        case
            when kpi_feeds.feed <> 'any_feed'
                then coalesce(feed_readiness.status, 'unknown')
            when days.newest_until >= days.ends_at then 'ready'
            else 'partial'
        end as status,
        case
            when kpi_feeds.feed <> 'any_feed'
                then coalesce(feed_readiness.status_reason, 'feed_never_came')
            when days.newest_until >= days.ends_at then 'complete'
            else 'feed_behind'
        end as status_reason,
        case
            when kpi_feeds.feed <> 'any_feed' then feed_readiness.status_since
            when days.newest_until < days.ends_at then days.newest_until
        end as status_since,
        coalesce(feed_readiness.rows_refused, 0) as rows_refused,
        coalesce(feed_readiness.amount_refused, 0) as amount_refused,
        {{ elapsed_seconds(
            'days.ends_at',
            'coalesce(feed_readiness.complete_until, days.newest_until)'
        ) }}
        >= 86400 * kpis.mature_after_days as is_mature

    from days
    cross join kpi_feeds
    inner join kpis
        on kpi_feeds.kpi = kpis.kpi
    left join feed_readiness
        on
            days.store_id = feed_readiness.store_id
            and days.business_date = feed_readiness.business_date
            and kpi_feeds.feed = feed_readiness.feed

),

kpi_feed_readiness as (

    select
        *,
        case
            when status = 'unknown' then 4
            when status = 'held_back' then 3
            when status = 'partial' then 2
            when not is_mature then 1
            else 0
        end as badness
    from feeds_of_kpi_days

)

select * from kpi_feed_readiness
