-- How closely a store has followed its targets lately: pace = what it reached per unit
-- of target over the last 28 days, and how far single days were off that pace
-- (regression through the origin; the residual sum of squares from running sums).
with

targets_beside_actuals as (

    select
        store_id,
        metric,
        target_date,
        case when actual is not null then cast(day_target as double) end as x,
        cast(actual as double) as y
    from {{ ref('int_targets_vs_actuals') }}

),

running_sums as (

    select
        store_id,
        metric,
        target_date,
        count(y) over last_days as days_behind,
        sum(x) over last_days as sum_x,
        sum(y) over last_days as sum_y,
        sum(x * x) over last_days as sum_xx,
        sum(x * y) over last_days as sum_xy,
        sum(y * y) over last_days as sum_yy
    from targets_beside_actuals
    window last_days as (
        partition by store_id, metric
        order by target_date
        rows between 27 preceding and current row
    )

),

paces as (

    select
        store_id,
        metric,
        target_date,
        days_behind,
        sum_y / nullif(sum_x, 0) as pace,
        sum_yy
        - 2 * (sum_y / nullif(sum_x, 0)) * sum_xy
        + (sum_y / nullif(sum_x, 0)) * (sum_y / nullif(sum_x, 0)) * sum_xx
            as squared_residuals
    from running_sums

),

-- Two weeks at least: of fewer days nobody knows how far they scatter.
target_paces as (

    select
        store_id,
        metric,
        target_date,
        days_behind,
        pace,
        sqrt(greatest(squared_residuals, 0) / (days_behind - 1)) as daily_deviation
    from paces
    where days_behind >= 14

)

select * from target_paces
