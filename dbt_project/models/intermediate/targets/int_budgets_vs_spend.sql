-- Every day of a month that has a budget, by platform, with what was spent on it. A
-- platform that money was spent on without a budget belongs to the month as well.
with

budgets as (

    select
        store_id,
        ad_platform,
        budget_date as spend_date,
        month_start,
        amount as day_budget,
        cast(0 as decimal(18, 2)) as spent,
        0 as days_unknown
    from {{ ref('int_budgets_by_platform') }}

),

ads as (

    select
        store_id,
        ad_platform,
        report_date as spend_date,
        cast({{ dbt.date_trunc('month', 'report_date') }} as date) as month_start,
        cast(0 as decimal(18, 2)) as day_budget,
        coalesce(spend, 0) as spent,
        case when spend is null then 1 else 0 end as days_unknown
    from {{ ref('fct_ads') }}

),

months_with_budget as (

    select
        store_id,
        month_start,
        max(currency) as currency,
        max(case when ad_platform is null then 1 else 0 end) = 1 as is_one_sum
    from {{ ref('int_budgets_by_platform') }}
    group by store_id, month_start

),

entries as (

    select * from budgets
    union all
    select * from ads

),

entries_of_months as (

    select
        entries.store_id,
        case when not months_with_budget.is_one_sum then entries.ad_platform end
            as ad_platform,
        months_with_budget.currency,
        entries.month_start,
        entries.spend_date,
        entries.day_budget,
        entries.spent,
        entries.days_unknown
    from entries
    inner join months_with_budget
        on
            entries.store_id = months_with_budget.store_id
            and entries.month_start = months_with_budget.month_start

),

budgets_vs_spend as (

    select
        store_id,
        ad_platform,
        month_start,
        spend_date,
        max(currency) as currency,
        sum(day_budget) as day_budget,
        sum(spent) as spent,
        sum(days_unknown) as days_unknown
    from entries_of_months
    group by store_id, ad_platform, month_start, spend_date

)

select * from budgets_vs_spend
