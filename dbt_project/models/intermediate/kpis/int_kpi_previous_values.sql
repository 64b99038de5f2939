{{ config(materialized='table') }}
{#- The ledger as the last build left it; before the first, rows lend their shape. -#}
{%- set written = ledger_before() -%}
{%- set key = 'kpi_date, kpi, store_id, dimension, member' -%}
{%- set columns = key ~ ', numerator, denominator, value, currency, definition_id' %}

with

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

dates as (

    select kpi_date from {{ ref('int_kpi_dates_published') }}

),

{% if written %}
    ranked_values as (

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

    previous_values as (

        select
            {{ columns }},
            is_of_this_moment
        from ranked_values
        where recency = 1 and (is_of_this_moment or not is_withdrawn)

    )

{% else %}
    previous_values as (

        select
            {{ columns }},
            false as is_of_this_moment
        from {{ ref('fct_kpi_daily') }}
        where
            (select as_of.as_of_at from as_of) is null
            and kpi_date in (select dates.kpi_date from dates)

    )

{% endif %}
select * from previous_values
