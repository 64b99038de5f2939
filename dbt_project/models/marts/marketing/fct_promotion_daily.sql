{{ config(**rebuilt_whole('sale_date')) }}

with

sales_days as (

    select * from {{ ref('int_store_sales_daily') }}

),

-- A day on which two promotions are felt belongs to one of them: to one that goes on,
-- then to one that is over rather than to the next, and to the one begun last.
days_felt as (

    select
        promotions.*,
        sales_days.sale_date,
        sales_days.weekday,
        sales_days.net_sales,
        case
            when sales_days.sale_date < promotions.starts_on then 'before'
            when sales_days.sale_date > promotions.ends_on then 'after'
            else 'during'
        end as phase,
        row_number() over (
            partition by promotions.store_id, sales_days.sale_date
            order by
                case
                    when sales_days.sale_date < promotions.starts_on then 2
                    when sales_days.sale_date > promotions.ends_on then 1
                    else 0
                end asc,
                promotions.starts_on desc,
                promotions.event_id asc
        ) as preference

    from {{ ref('int_promotions') }} as promotions
    inner join sales_days
        on
            promotions.store_id = sales_days.store_id
            and sales_days.sale_date
            between promotions.felt_from and promotions.felt_until

),

promotion_days as (

    select
        {{ surrogate_key(['days_felt.store_id', 'days_felt.sale_date']) }}
            as promotion_day_key,
        days_felt.store_id,
        days_felt.event_id,
        days_felt.phase,
        days_felt.currency,
        {{ amount('days_felt.net_sales') }} as net_sales,
        {{ amount('baselines.baseline_sales') }} as baseline_sales,
        {{ amount('days_felt.net_sales - baselines.baseline_sales') }}
            as incremental_sales,
        cast(baselines.baseline_days as integer) as baseline_days,
        baselines.missing_reason,
        days_felt.sale_date

    from days_felt
    inner join {{ ref('int_promotion_baselines') }} as baselines
        on
            days_felt.store_id = baselines.store_id
            and days_felt.event_id = baselines.event_id
            and days_felt.weekday = baselines.weekday
    where days_felt.preference = 1

)

select * from promotion_days
