{{ config(materialized='table') }}

{{ kpi_days_of('the_rest') }}
