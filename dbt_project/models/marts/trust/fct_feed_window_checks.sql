{{ config(**rebuilt_whole('business_date')) }}

-- A window is reported on the day its middle lies in: the day that a window of a day in
-- UTC is mostly about, east and west of it. One from before or after the days that a
-- store has is reported on its first or last.
with

window_checks as (

    select * from {{ source('validation', 'window_checks') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

feed_spans as (

    select * from {{ ref('int_feed_spans') }}
    where feed = 'any_feed'

),

of_stores as (

    select
        window_checks.*,
        stores.store_id,
        feed_spans.first_day,
        feed_spans.last_day,
        {{ store_local_date('window_checks.window_middle', 'stores.timezone') }}
            as middle_day

    from window_checks
    inner join stores
        on window_checks.source_name = stores.source_name
    inner join feed_spans
        on stores.store_id = feed_spans.store_id

),

feed_window_checks as (

    select
        {{ surrogate_key(['store_id', 'feed', 'window_start', 'window_end']) }}
            as window_check_key,
        store_id,
        feed,
        source_name,
        case
            when middle_day < first_day then first_day
            when middle_day > last_day then last_day
            else middle_day
        end as business_date,
        cast(window_start as timestamp) as window_start,
        cast(window_end as timestamp) as window_end,
        is_rejected,
        cast(critical_run as bigint) as critical_checks,
        cast(critical_passed as bigint) as critical_checks_passed,
        cast(warning_run as bigint) as warning_checks,
        cast(warning_passed as bigint) as warning_checks_passed,
        cast(schema_changes as bigint) as schema_changes

    from of_stores

)

select * from feed_window_checks
