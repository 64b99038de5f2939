{{ config(**incremental_by_kpi_period()) }}

with

kpi_periods as (

    select * from {{ ref('int_kpi_periods_of_sales') }}
    union all
    select * from {{ ref('int_kpi_periods_of_visits') }}
    union all
    select * from {{ ref('int_kpi_periods_of_goods') }}
    union all
    select * from {{ ref('int_kpi_periods_of_the_rest') }}

)

select * from kpi_periods
