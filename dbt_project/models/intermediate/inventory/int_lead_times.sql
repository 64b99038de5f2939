-- How long purchases took, as known on a day: of each SKU, and of all of its store for
-- SKUs with fewer than three. Lines that are still open have no lead time yet.
with

lines as (

    select
        store_id,
        sku,
        received_date,
        lead_time_days

    from {{ ref('fct_purchase_orders') }}
    where lead_time_days is not null

),

lines_by_day as (

    select
        store_id,
        sku,
        received_date,
        count(*) as purchases,
        sum(lead_time_days) as days_sum,
        sum(lead_time_days * lead_time_days) as squares_sum

    from lines
    group by store_id, sku, received_date

    union all

    select
        store_id,
        cast(null as {{ dbt.type_string() }}) as sku,
        received_date,
        count(*) as purchases,
        sum(lead_time_days) as days_sum,
        sum(lead_time_days * lead_time_days) as squares_sum

    from lines
    group by store_id, received_date

),

running_sums as (

    select
        store_id,
        sku,
        received_date as known_from,
        lead(received_date) over (
            partition by store_id, sku order by received_date
        ) as replaced_on,
        sum(purchases) over (
            partition by store_id, sku order by received_date
            rows between unbounded preceding and current row
        ) as purchases,
        sum(days_sum) over (
            partition by store_id, sku order by received_date
            rows between unbounded preceding and current row
        ) as days_sum,
        sum(squares_sum) over (
            partition by store_id, sku order by received_date
            rows between unbounded preceding and current row
        ) as squares_sum

    from lines_by_day

),

lead_times as (

    select
        store_id,
        sku,
        known_from,
        coalesce(replaced_on, cast('9999-12-31' as date)) as known_until,
        cast(purchases as integer) as purchases,
        cast(days_sum / purchases as decimal(18, 4)) as lead_time_days,
        -- rounding may leave a hair below nothing
        cast(
            sqrt(greatest(
                (squares_sum - days_sum * days_sum / purchases) / (purchases - 1.0), 0
            )) as decimal(18, 4)
        ) as lead_time_deviation

    from running_sums
    where purchases >= 3

)

select * from lead_times
