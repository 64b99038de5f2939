{{ config(materialized='table') }}

{{ kpi_days_of('visits') }}
