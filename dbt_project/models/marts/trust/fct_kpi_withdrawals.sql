{{ config(**rebuilt_whole('business_date')) }}

with

withdrawn as (

    select * from {{ ref('int_kpi_days_withdrawn') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

withdrawn_of_stores as (

    select
        withdrawn.*,
        {{ store_local_date(
            dbt.dateadd('second', -1, 'withdrawn.withdrawn_at'), 'stores.timezone'
        ) }} as business_date

    from withdrawn
    inner join stores
        on withdrawn.store_id = stores.store_id

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
    from withdrawn_of_stores
    group by kpi, store_id, business_date, withdrawn_at

)

select * from kpi_withdrawals
