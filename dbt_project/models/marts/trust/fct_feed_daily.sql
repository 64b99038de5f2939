{{ config(**rebuilt_whole('business_date')) }}

with

days_counted as (

    select * from {{ ref('int_feed_days_counted') }}

),

weeks as (
    {{ dbt.generate_series(4) }}
),

-- Each day that is known whole, for the same weekday of the four weeks after it.
days_expected_from as (

    select
        days_counted.store_id,
        days_counted.feed,
        days_counted.rows_accepted,
        {{ add_days('days_counted.business_date', '7 * weeks.generated_number') }}
            as business_date
    from days_counted
    cross join weeks
    where days_counted.is_whole

),

expectations as (

    select
        store_id,
        feed,
        business_date,
        sum(rows_accepted) / cast(count(*) as double) as rows_expected
    from days_expected_from
    group by store_id, feed, business_date
    having count(*) >= 2

),

feed_days as (

    select
        {{ surrogate_key([
            'days_counted.store_id', 'days_counted.feed', 'days_counted.business_date'
        ]) }} as feed_day_key,
        days_counted.store_id,
        days_counted.feed,
        days_counted.currency,
        days_counted.business_date,
        days_counted.is_whole,
        case
            when not days_counted.is_whole then 'open'
            when days_counted.rows_late > 0 then 'restated'
            else 'complete'
        end as day_state,
        cast(days_counted.rows_accepted as bigint) as rows_accepted,
        cast(days_counted.rows_late as bigint) as rows_late,
        cast(days_counted.rows_quarantined as bigint) as rows_quarantined,
        {{ amount('days_counted.amount_refused') }} as amount_refused,
        cast(expectations.rows_expected as decimal(18, 2)) as rows_expected,
        cast(days_counted.lag_hours as decimal(12, 2)) as lag_hours

    from days_counted
    left join expectations
        on
            days_counted.store_id = expectations.store_id
            and days_counted.feed = expectations.feed
            and days_counted.business_date = expectations.business_date

)

select * from feed_days
