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
            written.*,
            as_of.as_of_at = written.as_of_at as is_of_this_moment,
            row_number() over (
                partition by {{ key }}, as_of.as_of_at = written.as_of_at
                order by written.as_of_at desc
            ) as recency
        from {{ written }} as written
        inner join as_of
            on written.as_of_at <= as_of.as_of_at
        where written.kpi_date in (select dates.kpi_date from dates)

    ),

    said_before as (

        select
            {{ said }},
            is_of_this_moment
        from said_earlier
        where recency = 1 and (is_of_this_moment or not is_withdrawn)

    )

{% else %}
    said_before as (

        select
            {{ said }},
            false as is_of_this_moment
        from {{ ref('fct_kpi_days') }}
        where
            (select as_of.as_of_at from as_of) is null
            and kpi_date in (select dates.kpi_date from dates)

    )

{% endif %}
select * from said_before
