{{ config(materialized='table') }}
{#- The ledger as the last build left it; before the first, rows lend their shape. -#}
{%- set written = ledger_before() -%}
{%- set key = 'kpi_date, kpi, store_id, dimension, member' -%}
{%- set said = key ~ ', numerator, denominator, value, currency, definition_id' %}

with

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

dates as (

    select kpi_date from {{ ref('int_kpi_dates_published') }}

),

{% if written %}
    said_earlier as (

        select
            *,
            row_number() over (
                partition by {{ key }} order by as_of_at desc
            ) as recency
        from {{ written }}
        where
            as_of_at < (select as_of.as_of_at from as_of)
            and kpi_date in (select dates.kpi_date from dates)

    ),

    said_before as (

        select {{ said }} from said_earlier
        where recency = 1 and not is_withdrawn

    )

{% else %}
    said_before as (

        select {{ said }} from {{ ref('fct_kpi_days') }}
        where
            (select as_of.as_of_at from as_of) is null
            and kpi_date in (select dates.kpi_date from dates)

    )

{% endif %}
select * from said_before
