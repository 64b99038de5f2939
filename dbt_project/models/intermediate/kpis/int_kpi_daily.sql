{{ config(**incremental_by_kpi_date()) }}

with

kpi_days as (

    select * from {{ ref('int_kpi_days_of_sales') }}
    union all
    select * from {{ ref('int_kpi_days_of_visits') }}
    union all
    select * from {{ ref('int_kpi_days_of_goods') }}
    union all
    select * from {{ ref('int_kpi_days_of_the_rest') }}

)

select * from kpi_days
