{{ config(materialized='table') }}
{#- The KPIs as the last build left them; none before the first. -#}
{%- set built = current_model('int_kpi_daily', 'intermediate') -%}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() -%}
{%- set key = 'kpi_date, kpi, store_id, dimension, member, definition_id, currency'
    ~ ', stores_expected' -%}
{%- set keys_built = 'select ' ~ key ~ ' from ' ~ built -%}

with

-- Dates of the rows that were replaced, noted before they were.
touched as (

    select kpi_date from {{ ref('int_touched_kpi_dates') }}

),

-- Dates of the rows that replaced them.
touched_again as (
    {{ kpi_dates_of_rebuilt_rows(kpis) }}
),

kpi_days_expected as (

    select * from {{ ref('int_kpi_days_expected') }}
    where not is_progress

),

keys_expected as (

    select {{ key }} from kpi_days_expected

),

fact_days_that_differ as (
    {{ dates_that_differ(ref('int_kpi_fact_days'), 'int_kpi_fact_days') }}
),

-- A report came, or is awaited no more.
reports_that_differ as (
    {{ dates_that_differ(ref('int_missing_reports'), 'int_missing_reports') }}
),

days_lost_that_differ as (
    {{ dates_that_differ(
        ref('int_feed_days_not_captured'), 'int_feed_days_not_captured'
    ) }}
),

-- Rows that have to appear although no fact changed (a day without orders, a new KPI),
-- and rows that have to go: of a KPI redefined or retired, of a channel corrected away.
out_of_date as (
    {{ groups_that_differ(
        'keys_expected', '(' ~ keys_built ~ ')' if built else none, {'kpi_date': 'kpi_date'}
    ) }}
),

dates_rebuilt as (

    select kpi_date from touched
    union distinct
    select kpi_date from touched_again
    where kpi_date is not null
    union distinct
    select kpi_date from fact_days_that_differ
    where kpi_date is not null
    union distinct
    select kpi_date from reports_that_differ
    union distinct
    select kpi_date from days_lost_that_differ
    union distinct
    select kpi_date from {{ ref('int_fx_changed_dates') }}
    union distinct
    select kpi_date from out_of_date
    union distinct
    {{ dates_of_an_unfinished_build() }}

)

select * from dates_rebuilt
