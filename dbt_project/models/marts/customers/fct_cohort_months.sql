with

-- Orders of buyers with an account, goods net of discounts; and refunds, which are no
-- activity, with less than nothing.
activity as (

    select
        store_id,
        cast({{ dbt.date_trunc('month', 'first_paid_date') }} as date) as cohort_month,
        cast({{ dbt.date_trunc('month', 'paid_date') }} as date) as activity_month,
        buyer_key as ordering_buyer_key,
        order_key,
        is_first_order,
        goods_amount as net_amount,
        goods_amount_reporting as net_amount_reporting
    from {{ ref('fct_buyer_orders') }}
    where first_paid_date is not null
    union all
    select
        store_id,
        cast({{ dbt.date_trunc('month', 'first_paid_date') }} as date) as cohort_month,
        cast({{ dbt.date_trunc('month', 'refund_date') }} as date) as activity_month,
        cast(null as {{ dbt.type_string() }}) as ordering_buyer_key,
        cast(null as {{ dbt.type_string() }}) as order_key,
        false as is_first_order,
        -goods_amount as net_amount,
        -goods_amount_reporting as net_amount_reporting
    from {{ ref('fct_buyer_refunds') }}
    where first_paid_date is not null

),

stores as (

    select * from {{ ref('dim_stores') }}

),

whole_months as (

    select * from {{ ref('int_whole_months') }}

),

activity_by_month as (

    select
        store_id,
        cohort_month,
        activity_month,
        count(case when is_first_order then order_key end) as new_buyers,
        count(distinct ordering_buyer_key) as active_buyers,
        count(order_key) as orders,
        sum(net_amount) as net_amount,
        case
            when count(*) = count(net_amount_reporting)
                then sum(net_amount_reporting)
        end as net_amount_reporting
    from activity
    group by store_id, cohort_month, activity_month

),

cohorts as (

    select
        activity_by_month.store_id,
        activity_by_month.cohort_month,
        activity_by_month.new_buyers
    from activity_by_month
    inner join whole_months
        on
            activity_by_month.store_id = whole_months.store_id
            and activity_by_month.cohort_month = whole_months.month_start
    where activity_by_month.activity_month = activity_by_month.cohort_month

),

cohort_months as (

    select
        {{ surrogate_key(
            ['cohorts.store_id', 'cohorts.cohort_month', 'whole_months.month_start']
        ) }} as cohort_month_key,
        cohorts.store_id,
        cohorts.cohort_month,
        whole_months.month_start as activity_month,
        cast({{ dbt.datediff(
            'cohorts.cohort_month', 'whole_months.month_start', 'month'
        ) }} as integer) as months_since,
        cohorts.new_buyers as cohort_size,
        coalesce(activity_by_month.active_buyers, 0) as active_buyers,
        coalesce(activity_by_month.orders, 0) as orders,
        stores.currency,
        {{ amount('coalesce(activity_by_month.net_amount, 0)') }} as net_amount,
        {{ amount(
            'case when activity_by_month.store_id is null then 0 '
            ~ 'else activity_by_month.net_amount_reporting end'
        ) }} as net_amount_reporting
    from cohorts
    inner join whole_months
        on
            cohorts.store_id = whole_months.store_id
            and cohorts.cohort_month <= whole_months.month_start
    inner join stores
        on cohorts.store_id = stores.store_id
    left join activity_by_month
        on
            cohorts.store_id = activity_by_month.store_id
            and cohorts.cohort_month = activity_by_month.cohort_month
            and whole_months.month_start = activity_by_month.activity_month

)

select * from cohort_months
