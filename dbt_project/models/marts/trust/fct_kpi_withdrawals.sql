{{ config(**rebuilt_whole('business_date')) }}

with

withdrawn as (

    select * from {{ ref('int_kpi_days_withdrawn') }}
    where store_id <> 'all'

),

stores as (

    select * from {{ ref('dim_stores') }}

),

-- Nobody knows any more where a store was that is gone altogether: its days are UTC's.
withdrawn_of_stores as (

    select
        withdrawn.*,
        coalesce(stores.timezone, 'UTC') as timezone  -- noqa: RF04

    from withdrawn
    left join stores
        on withdrawn.store_id = stores.store_id

),

withdrawn_with_date as (

    select
        *,
        {{ store_local_date(
            dbt.dateadd('second', -1, 'withdrawn_at'), 'timezone'
        ) }} as business_date
    from withdrawn_of_stores

),

kpi_withdrawals as (

    select
        {{ surrogate_key(['kpi', 'store_id', 'withdrawn_at']) }} as withdrawal_key,
        kpi,
        store_id,
        business_date,
        withdrawn_at,
        count(*) as days_withdrawn,
        min(kpi_date) as first_date_withdrawn,
        max(kpi_date) as last_date_withdrawn
    from withdrawn_with_date
    group by kpi, store_id, business_date, withdrawn_at

)

select * from kpi_withdrawals
