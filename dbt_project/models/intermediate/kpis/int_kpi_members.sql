{{ config(materialized='table') }}
{%- set kpis = kpi_definitions() | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() -%}

with

first_days as (
    {{ kpi_member_first_days(kpis) }}
),

store_members as (

    select
        store_id,
        dimension,
        member,
        min(first_day) as first_day
    from first_days
    group by store_id, dimension, member

),

members as (

    select * from store_members
    union all
    select
        'all' as store_id,
        dimension,
        member,
        min(first_day) as first_day
    from store_members
    group by dimension, member

)

select * from members
