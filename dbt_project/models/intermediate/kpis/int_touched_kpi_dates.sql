{{ config(materialized='table') }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}

-- Business dates that rows have which this build is about to replace: they may have
-- none afterwards. Dates of the rows that replace them are added when those are there
-- (int_kpi_dates_rebuilt). Built before any fact; after a build that did not finish its
-- dates stay, since nobody knows which facts it had replaced.
with

dates as (
    {{ kpi_dates_of_rows_to_replace(kpis) }}
    union all
    {{ dates_of_an_unfinished_build() }}

),

touched_dates as (

    select distinct kpi_date from dates
    where kpi_date is not null

)

select * from touched_dates
