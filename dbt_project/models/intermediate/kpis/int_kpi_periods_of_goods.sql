{{ config(materialized='table') }}

{{ kpi_periods_of('goods') }}
