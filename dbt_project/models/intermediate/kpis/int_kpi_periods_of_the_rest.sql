{{ config(materialized='table') }}

{{ kpi_periods_of('the_rest') }}
