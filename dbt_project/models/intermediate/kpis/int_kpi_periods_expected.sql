{%- set kpis = kpi_definitions() -%}

with

store_days as (

    select * from {{ ref('int_kpi_store_days') }}

),

period_days as (

    select * from {{ ref('int_kpi_period_days') }}

),

-- A week or month that is known in part only cannot be compared with a whole one.
kpi_periods as (

    select
        period_days.grain,
        period_days.period_start,
        period_days.period_end,
        store_days.kpi,
        store_days.store_id,
        max(store_days.stores_expected) as stores_expected
    from store_days
    inner join period_days
        on store_days.kpi_date = period_days.kpi_date
    group by
        period_days.grain,
        period_days.period_start,
        period_days.period_end,
        store_days.kpi,
        store_days.store_id
    having
        count(*)
        = 1 + {{ dbt.datediff(
            'period_days.period_start', 'period_days.period_end', 'day'
        ) }}

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

kpi_periods_expected as (
    {{ kpi_rows_expected(
        'kpi_periods', ['grain', 'period_start'], last_day='period_end'
    ) }}
)

select * from kpi_periods_expected
