-- What a weekday sold before a promotion was felt: the mean of its ordinary days in the
-- eight weeks before. Fewer than four of them are no baseline.
with

promotions as (

    select * from {{ ref('int_promotions') }}

),

sales_days as (

    select * from {{ ref('int_store_sales_daily') }}

),

weekdays as (

    select distinct weekday from {{ ref('dim_calendar') }}

),

asked as (

    select
        promotions.store_id,
        promotions.event_id,
        promotions.felt_from,
        weekdays.weekday
    from promotions
    cross join weekdays

),

weekdays_before as (

    select
        asked.store_id,
        asked.event_id,
        asked.weekday,
        count(sales_days.sale_date) as competitor_tracked_days,
        count(case when sales_days.is_ordinary then 1 end) as baseline_days,
        sum(case when sales_days.is_ordinary then sales_days.net_sales end)
            as ordinary_sales

    from asked
    left join sales_days
        on
            asked.store_id = sales_days.store_id
            and asked.weekday = sales_days.weekday
            and sales_days.sale_date >= {{ add_days('asked.felt_from', -56) }}
            and asked.felt_from > sales_days.sale_date
    group by
        asked.store_id,
        asked.event_id,
        asked.weekday

),

promotion_baselines as (

    select
        store_id,
        event_id,
        weekday,
        baseline_days,
        case when baseline_days >= 4 then round(ordinary_sales / baseline_days, 2) end
            as baseline_sales,
        case
            when competitor_tracked_days < 4 then 'history_too_short'
            when baseline_days < 4 then 'too_few_ordinary_days'
        end as missing_reason

    from weekdays_before

)

select * from promotion_baselines
