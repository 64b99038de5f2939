{{ config(materialized='table') }}
{%- set progress = ref('int_kpi_days_of_progress') %}

with

dates as (

    select kpi_date from {{ ref('int_kpi_dates_rebuilt') }}
    union all
    {{ dates_that_differ(progress, 'int_kpi_days_of_progress') }}
    union all
    {{ dates_of_an_unfinished_build() }}
    union all
    {{ dates_in_the_ledger_of_a_full_build() }}

),

dates_published as (

    select distinct kpi_date from dates

)

select * from dates_published
