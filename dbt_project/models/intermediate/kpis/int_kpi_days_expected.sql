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

kpi_days_expected as (
    {{ kpi_rows_expected('kpi_days', ['kpi_date'], last_day='kpi_date') }}
)

select * from kpi_days_expected
