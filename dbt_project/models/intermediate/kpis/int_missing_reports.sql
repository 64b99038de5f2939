{{ config(**compared_with_last_build()) }}

-- The days after the last that somebody reported, until two weeks are over. On them
-- nothing is known of what that account, competitor, warehouse or platform has to
-- report: in all, and for the slices in which it was seen of late. Who has reported a
-- later day passed the earlier ones over, and who is silent for longer has stopped: it
-- is 0.
with

reports as (

    select
        store_id,
        feed,
        reporter,
        max(business_date) as last_report
    from {{ ref('int_feed_rows') }}
    where reporter is not null
    group by store_id, feed, reporter

),

awaited as (

    select
        reports.store_id,
        reports.feed,
        reports.reporter,
        reports.last_report,
        calendar.calendar_date as kpi_date

    from reports
    inner join {{ ref('int_feed_spans') }} as spans
        on
            reports.store_id = spans.store_id
            and reports.feed = spans.feed
            and spans.last_day <= {{ add_days('reports.last_report', 14) }}
    inner join {{ ref('dim_calendar') }} as calendar
        on
            reports.last_report < calendar.calendar_date
            and spans.last_day >= calendar.calendar_date

),

slices as (

    select * from {{ ref('int_reporter_slices') }}

),

missing_reports as (

    select distinct
        store_id,
        feed,
        'all' as dimension,
        'all' as member,
        kpi_date
    from awaited
    union all
    select distinct
        awaited.store_id,
        awaited.feed,
        slices.dimension,
        slices.member,
        awaited.kpi_date
    from awaited
    inner join slices
        on
            awaited.store_id = slices.store_id
            and awaited.feed = slices.feed
            and awaited.reporter = coalesce(slices.reporter, awaited.reporter)
            and slices.shown_on > {{ add_days('awaited.last_report', -14) }}

)

select * from missing_reports
