{%- set kpis = kpi_definitions() -%}

with

kpi_days as (

    select * from {{ ref('int_kpi_store_days') }}

),

members as (

    select * from {{ ref('int_kpi_members') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

kpi_dimensions as (
    {{ kpi_dimension_rows(kpis) }}
),

kpi_feeds as (
    {{ kpi_feed_rows(kpis) }}
),

rows_expected as (
    {{ kpi_rows_expected('kpi_days', ['kpi_date'], last_day='kpi_date') }}
),

-- Somebody has not reported the KPI's part of it yet; if what it is made of stands on
-- others as well, only one side of it is known.
awaited as (

    select
        reports.kpi_date,
        kpi_feeds.kpi,
        reports.store_id,
        reports.dimension,
        reports.member,
        min(case when kpi_feeds.is_in_all_of_it then 1 else 0 end) = 0
            as is_one_sided

    from {{ ref('int_missing_reports') }} as reports
    inner join kpi_feeds
        on reports.feed = kpi_feeds.feed
    group by
        reports.kpi_date,
        kpi_feeds.kpi,
        reports.store_id,
        reports.dimension,
        reports.member

),

not_captured as (

    select distinct
        feed_days.kpi_date,
        kpi_feeds.kpi,
        feed_days.store_id

    from {{ ref('int_feed_days_not_captured') }} as feed_days
    inner join kpi_feeds
        on feed_days.feed = kpi_feeds.feed

),

kpi_days_expected as (

    select
        rows_expected.*,
        awaited.kpi is not null as is_awaited,
        coalesce(awaited.is_one_sided, false) as is_one_sided,
        not_captured.kpi is not null as is_not_captured

    from rows_expected
    left join not_captured
        on
            rows_expected.kpi_date = not_captured.kpi_date
            and rows_expected.kpi = not_captured.kpi
            and rows_expected.store_id = not_captured.store_id
    left join awaited
        on
            rows_expected.kpi_date = awaited.kpi_date
            and rows_expected.kpi = awaited.kpi
            and rows_expected.store_id = awaited.store_id
            and rows_expected.dimension = awaited.dimension
            and rows_expected.member = awaited.member

)

select * from kpi_days_expected
