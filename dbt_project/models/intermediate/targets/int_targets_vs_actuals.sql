-- Every day of a month that has a target, with the value of the KPI of that name
-- and the sums from the first of the month. A day that no target names has a target of
-- 0.
with

targets as (

    select
        store_id,
        metric,
        currency,
        cast(value as decimal(24, 4)) as day_target,
        target_date,
        cast({{ dbt.date_trunc('month', 'target_date') }} as date) as month_start
    from {{ ref('stg_targets') }}

),

months_with_targets as (

    select
        store_id,
        metric,
        month_start,
        max(currency) as currency
    from targets
    group by store_id, metric, month_start

),

kpi_days as (

    select * from {{ ref('int_kpi_daily') }}
    where dimension = 'all'

),

side_by_side as (

    select
        months_with_targets.store_id,
        months_with_targets.metric,
        months_with_targets.currency,
        months_with_targets.month_start,
        calendar.calendar_date as target_date,
        kpi_days.numerator as actual,
        coalesce(targets.day_target, 0) as day_target
    from months_with_targets
    inner join {{ ref('dim_calendar') }} as calendar
        on months_with_targets.month_start = calendar.month_start
    left join targets
        on
            months_with_targets.store_id = targets.store_id
            and months_with_targets.metric = targets.metric
            and calendar.calendar_date = targets.target_date
    left join kpi_days
        on
            months_with_targets.store_id = kpi_days.store_id
            and months_with_targets.metric = kpi_days.kpi
            and calendar.calendar_date = kpi_days.kpi_date

),

with_sums_to_date as (

    select
        *,
        sum(day_target) over month_of_target as month_target,
        sum(day_target) over month_to_date as target_to_date,
        sum(actual) over month_to_date as actual_to_date,
        count(*) over month_of_target as days_of_month,
        count(*) over month_to_date as days_to_date,
        count(actual) over month_to_date as days_known
    from side_by_side
    window
        month_of_target as (partition by store_id, metric, month_start),
        month_to_date as (
            partition by store_id, metric, month_start
            order by target_date
            rows between unbounded preceding and current row
        )

)

select * from with_sums_to_date
