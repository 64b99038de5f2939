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
        min(ends_at) as ends_at
    from feed_readiness
    group by store_id, business_date

),

-- A feed that never came has no days of its own.
feeds_of_kpi_days as (

    select
        days.store_id,
        kpi_feeds.kpi,
        days.business_date as kpi_date,
        kpi_feeds.feed,
        coalesce(feed_readiness.verdict, 'unknown') as verdict,
        coalesce(feed_readiness.reason, 'feed_never_came') as reason,
        feed_readiness.since,
        coalesce(feed_readiness.rows_held, 0) as rows_held,
        coalesce(feed_readiness.amount_held, 0) as amount_held,
        {{ elapsed_seconds('days.ends_at', 'feed_readiness.complete_until') }}
        >= 86400 * kpis.mature_after_days as is_ripe

    from days
    cross join kpi_feeds
    inner join kpis
        on kpi_feeds.kpi = kpis.kpi
    left join feed_readiness
        on
            days.store_id = feed_readiness.store_id
            and days.business_date = feed_readiness.business_date
            and kpi_feeds.feed = feed_readiness.feed
    where kpi_feeds.feed <> 'any_feed'

),

kpi_feed_readiness as (

    select
        *,
        case
            when verdict = 'unknown' then 4
            when verdict = 'held_back' then 3
            when verdict = 'partial' then 2
            when not is_ripe then 1
            else 0
        end as badness
    from feeds_of_kpi_days

)

select * from kpi_feed_readiness
