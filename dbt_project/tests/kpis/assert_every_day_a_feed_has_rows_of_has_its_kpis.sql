-- No day of which a feed has rows of a store, and which it covers from midnight, is
-- without the KPIs that are made of that feed alone, or of it and what describes products:
-- whatever master data say, they never take away history. Days are worked out here from
-- coverage, not by int_feed_spans, on purpose; days of trade have a test of their own.
with

covered_days as (

    select distinct
        feed_rows.store_id,
        feed_rows.feed,
        feed_rows.business_date
    from {{ ref('int_feed_rows') }} as feed_rows
    inner join {{ ref('dim_stores') }} as stores
        on feed_rows.store_id = stores.store_id
    inner join {{ ref('fct_feed_coverage') }} as coverage
        on
            stores.source_name = coverage.source_name
            and {{ store_day_start('feed_rows.business_date', 'stores.timezone') }}
            >= coverage.covered_from
            and {{ store_day_start('feed_rows.business_date', 'stores.timezone') }}
            < coverage.complete_until
            and coverage.feed in (feed_rows.feed, 'products')
    where not {{ is_one_of_feeds('feed_rows.feed', feeds_filtered_by_facts()) }}
    group by feed_rows.store_id, feed_rows.feed, feed_rows.business_date
    having count(distinct coverage.feed) = 2

),

days_without_kpis as (

    select
        covered_days.*,
        kpis.kpi
    from covered_days
    inner join {{ ref('dim_kpis') }} as kpis
        on kpis.feeds in (covered_days.feed, covered_days.feed || ',products')
    left join {{ ref('fct_kpi_daily') }} as kpi_days
        on
            kpis.kpi = kpi_days.kpi
            and covered_days.store_id = kpi_days.store_id
            and covered_days.business_date = kpi_days.kpi_date
            and kpi_days.dimension = 'all'
    where kpi_days.kpi is null

)

select * from days_without_kpis
