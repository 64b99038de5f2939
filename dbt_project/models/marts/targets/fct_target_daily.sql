{{ config(**rebuilt_whole('target_date')) }}

with

-- A month counts from its first day: of one that is known from its middle on nobody
-- can say how much of its target is reached.
targets_to_date as (

    select * from {{ ref('int_targets_vs_actuals') }}
    where days_known = days_to_date

),

target_paces as (

    select * from {{ ref('int_target_paces') }}

),

with_pace as (

    select
        targets_to_date.*,
        target_paces.pace,
        target_paces.days_behind,
        target_paces.daily_deviation,
        targets_to_date.days_of_month - targets_to_date.days_to_date as days_left,
        targets_to_date.month_target - targets_to_date.target_to_date as target_left
    from targets_to_date
    left join target_paces
        on
            targets_to_date.store_id = target_paces.store_id
            and targets_to_date.metric = target_paces.metric
            and targets_to_date.target_date = target_paces.target_date

),

-- The rest of the month follows its targets at the pace of the last weeks. What n more
-- days add up to scatters by their own deviation and by that of the pace.
with_landing as (

    select
        *,
        cast(actual_to_date as double) + pace * cast(target_left as double) as landing,
        1.2816 * daily_deviation
        * sqrt(days_left + cast(days_left * days_left as double) / days_behind)
            as margin,
        cast(target_left as double) / nullif(cast(month_target as double), 0)
        * days_of_month as weighted_days_left
    from with_pace

),

target_days as (

    select
        {{ surrogate_key(['store_id', 'metric', 'target_date']) }} as target_key,
        store_id,
        metric,
        currency,
        target_date,
        month_start,
        {{ amount('day_target') }} as day_target,
        {{ amount('actual') }} as actual,
        {{ amount('month_target') }} as month_target,
        {{ amount('target_to_date') }} as target_to_date,
        {{ amount('actual_to_date') }} as actual_to_date,
        {{ amount('actual_to_date - target_to_date') }} as lead_to_date,
        cast(days_left as integer) as days_left,
        {{ amount('case when weighted_days_left > 0 then
            cast(month_target - actual_to_date as double) / weighted_days_left end') }}
            as required_per_day,
        {{ amount('landing - margin') }} as landing_p10,
        {{ amount('landing') }} as landing_p50,
        {{ amount('landing + margin') }} as landing_p90
    from with_landing

)

select * from target_days
