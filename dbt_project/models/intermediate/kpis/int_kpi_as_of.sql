{{ config(materialized='table') }}
{%- set written = ledger_before() %}

with

coverage as (

    select * from {{ ref('fct_feed_coverage') }}

),

-- How far the feeds have come. It never goes back, or a build after a window was taken
-- back would write into the past.
moments as (

    select max(complete_until) as as_of_at from coverage
    union all
    {{ moment_after_the_last_build() }}
    {%- if written %}
        union all
        select max(as_of_at) as as_of_at from {{ written }}
    {%- endif %}

),

as_of as (

    select max(as_of_at) as as_of_at from moments

)

select * from as_of
