with

promotions as (

    select * from {{ ref('int_promotions') }}

),

promotion_days as (

    select * from {{ ref('fct_promotion_daily') }}

),

days_summed as (

    select
        store_id,
        event_id,
        count(*) as days_counted,
        min(baseline_days) as fewest_baseline_days,
        max(missing_reason) as missing_reason,
        sum(net_sales) as net_sales,
        -- what is unknown of one day is unknown of all
        case when count(missing_reason) = 0 then sum(baseline_sales) end
            as baseline_sales,
        case when count(missing_reason) = 0 then sum(incremental_sales) end
            as incremental_sales,
        case
            when count(missing_reason) = 0
                then sum(case when phase = 'before' then incremental_sales else 0 end)
        end as incremental_before,
        case
            when count(missing_reason) = 0
                then sum(case when phase = 'during' then incremental_sales else 0 end)
        end as incremental_during,
        case
            when count(missing_reason) = 0
                then sum(case when phase = 'after' then incremental_sales else 0 end)
        end as incremental_after
    from promotion_days
    group by store_id, event_id

),

promotion_effects as (

    select
        {{ surrogate_key(['promotions.store_id', 'promotions.event_id']) }}
            as promotion_key,
        promotions.store_id,
        promotions.event_id,
        promotions.name_en,
        promotions.name_zh,
        promotions.starts_on,
        promotions.ends_on,
        cast(
            {{ dbt.datediff(
                'promotions.felt_from', 'promotions.felt_until', 'day'
            ) }} + 1 as integer
        ) as days_felt,
        cast(coalesce(days_summed.days_counted, 0) as integer) as days_counted,
        days_summed.fewest_baseline_days,
        case
            when days_summed.days_counted is null then 'no_sales_days'
            else days_summed.missing_reason
        end as missing_reason,
        promotions.currency,
        {{ amount('days_summed.net_sales') }} as net_sales,
        {{ amount('days_summed.baseline_sales') }} as baseline_sales,
        {{ amount('days_summed.incremental_before') }} as incremental_before,
        {{ amount('days_summed.incremental_during') }} as incremental_during,
        {{ amount('days_summed.incremental_after') }} as incremental_after,
        {{ amount('days_summed.incremental_sales') }} as incremental_sales

    from promotions
    left join days_summed
        on
            promotions.store_id = days_summed.store_id
            and promotions.event_id = days_summed.event_id

)

select * from promotion_effects
