-- Advertising budgets by platform. Where a store also gives their sum, or nothing but a
-- sum for a month, the sum counts only when there is nothing else.
with

budgets as (

    select
        store_id,
        scope,
        currency,
        amount,
        budget_date,
        cast({{ dbt.date_trunc('month', 'budget_date') }} as date) as month_start
    from {{ ref('stg_budgets') }}
    where budget_kind = 'ad_spend'

),

months_by_platform as (

    select distinct
        store_id,
        month_start
    from budgets
    where scope <> 'all'

),

budgets_by_platform as (

    select
        budgets.store_id,
        budgets.currency,
        budgets.amount,
        budgets.budget_date,
        budgets.month_start,
        case when budgets.scope <> 'all' then budgets.scope end as ad_platform
    from budgets
    left join months_by_platform
        on
            budgets.store_id = months_by_platform.store_id
            and budgets.month_start = months_by_platform.month_start
    where budgets.scope <> 'all' or months_by_platform.store_id is null

)

select * from budgets_by_platform
