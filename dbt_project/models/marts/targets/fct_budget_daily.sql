{{ config(**rebuilt_whole('spend_date')) }}

with

budgets_vs_spend as (

    select * from {{ ref('int_budgets_vs_spend') }}

),

platforms_of_months as (

    select
        store_id,
        ad_platform,
        month_start,
        max(currency) as currency,
        sum(day_budget) as month_budget
    from budgets_vs_spend
    group by store_id, ad_platform, month_start

),

-- Of a month that advertising is known of from its middle on only, nobody can say how
-- much of its budget is used.
days_known as (

    select
        platforms_of_months.*,
        calendar.calendar_date as spend_date
    from platforms_of_months
    inner join {{ ref('int_feed_spans') }} as spans
        on
            platforms_of_months.store_id = spans.store_id
            and spans.feed = 'ads'
            and platforms_of_months.month_start >= spans.first_day
    inner join {{ ref('dim_calendar') }} as calendar
        on
            platforms_of_months.month_start = calendar.month_start
            and spans.last_day >= calendar.calendar_date

),

with_sums_to_date as (

    select
        days_known.*,
        coalesce(entries.day_budget, 0) as day_budget,
        coalesce(entries.spent, 0) as spent,
        sum(coalesce(entries.day_budget, 0)) over month_to_date as budget_to_date,
        sum(coalesce(entries.spent, 0)) over month_to_date as spent_to_date,
        sum(coalesce(entries.days_unknown, 0)) over month_to_date as unknown_to_date
    from days_known
    left join budgets_vs_spend as entries
        on
            days_known.store_id = entries.store_id
            and days_known.spend_date = entries.spend_date
            and days_known.ad_platform is not distinct from entries.ad_platform
    window month_to_date as (
        partition by days_known.store_id, days_known.ad_platform, days_known.month_start
        order by days_known.spend_date
        rows between unbounded preceding and current row
    )

),

-- What a platform has not reported yet is not spent, so neither is its budget counted.
budget_days as (

    select
        {{ surrogate_key(['store_id', 'ad_platform', 'spend_date']) }} as budget_key,
        store_id,
        ad_platform,
        currency,
        spend_date,
        month_start,
        {{ amount('day_budget') }} as day_budget,
        {{ amount('spent') }} as spent,
        {{ amount('month_budget') }} as month_budget,
        {{ amount('budget_to_date') }} as budget_to_date,
        {{ amount('spent_to_date') }} as spent_to_date
    from with_sums_to_date
    where
        unknown_to_date = 0
        and not exists (
            select 1 from {{ ref('int_missing_reports') }} as awaited
            where
                awaited.feed = 'ads'
                and awaited.dimension in ('all', 'ad_platform')
                and awaited.store_id = with_sums_to_date.store_id
                and awaited.kpi_date = with_sums_to_date.spend_date
                and awaited.member = coalesce(with_sums_to_date.ad_platform, 'all')
        )

)

select * from budget_days
