{%- set kpis = kpi_definitions() -%}

with

kpi_days as (

    select * from {{ ref('int_kpi_store_days') }}

),

members as (

    select * from {{ ref('int_kpi_members') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

kpi_dimensions as (
    {{ kpi_dimension_rows(kpis) }}
),

members_with_total as (

    select * from members
    union all
    select distinct
        store_id,
        'all' as dimension,
        'all' as member,
        cast('1900-01-01' as date) as first_day
    from kpi_days

),

kpi_days_expected as (

    select
        kpi_days.kpi_date,
        kpi_days.kpi,
        kpi_days.store_id,
        members_with_total.dimension,
        members_with_total.member,
        kpi_dimensions.kpi_kind,
        kpi_dimensions.definition_id,
        case
            when kpi_dimensions.is_money and kpi_days.store_id = 'all'
                then '{{ var("reporting_currency") }}'
            when kpi_dimensions.is_money then stores.currency
        end as currency

    from kpi_days
    inner join kpi_dimensions
        on kpi_days.kpi = kpi_dimensions.kpi
    inner join members_with_total
        on
            kpi_days.store_id = members_with_total.store_id
            and kpi_dimensions.dimension = members_with_total.dimension
            and kpi_days.kpi_date >= members_with_total.first_day
    left join stores
        on kpi_days.store_id = stores.store_id

)

select * from kpi_days_expected
