{{ config(**rebuilt_whole('business_date')) }}

with

reports as (

    select * from {{ ref('int_platform_reports_in_store_currency') }}

),

reported_from as (

    select
        store_id,
        variant,
        min(report_date) as first_day
    from reports
    group by
        store_id,
        variant

),

-- Ours by the platform's definition: where the bridge to it ends.
our_days as (

    select * from {{ ref('fct_metric_bridge') }}
    where line_kind = 'variant' and store_id <> 'all'

),

bridge_days as (

    select * from {{ ref('int_bridge_daily') }}

),

side_by_side as (

    select
        our_days.store_id,
        our_days.variant,
        our_days.kpi_date as business_date,
        our_days.currency,
        our_days.amount as our_amount,
        bridge_days.rate,
        reports.store_amount as report_amount,
        reports.amount as amount_as_reported,
        reports.currency as report_currency,
        reports.updated_at as reported_at

    from our_days
    inner join reported_from
        on
            our_days.store_id = reported_from.store_id
            and our_days.variant = reported_from.variant
            and our_days.kpi_date >= reported_from.first_day
    inner join bridge_days
        on
            our_days.store_id = bridge_days.store_id
            and our_days.kpi_date = bridge_days.kpi_date
    left join reports
        on
            our_days.store_id = reports.store_id
            and our_days.variant = reports.variant
            and our_days.kpi_date = reports.report_date

),

platform_gaps as (

    select
        {{ surrogate_key(['store_id', 'variant', 'business_date']) }}
            as platform_gap_key,
        store_id,
        variant,
        business_date,
        currency,
        our_amount,
        report_amount,
        {{ amount('our_amount - report_amount') }} as gap_amount,
        {{ amount('round(our_amount * rate, 2)') }} as our_amount_reporting,
        {{ amount('round(report_amount * rate, 2)') }} as report_amount_reporting,
        {{ amount('round((our_amount - report_amount) * rate, 2)') }}
            as gap_amount_reporting,
        amount_as_reported,
        report_currency,
        reported_at
    from side_by_side

)

select * from platform_gaps
