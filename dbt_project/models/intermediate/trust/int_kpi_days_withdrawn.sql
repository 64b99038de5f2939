{{ config(materialized='table') }}
{#- The ledger as the last build left it; before the first nothing was published. -#}
{%- set written = ledger_before() %}

-- Days of which a KPI was published once and is not any more: a store, a feed's window
-- or the day a store opened was taken back. A KPI that was retired took its days along
-- on purpose. What this build withdraws it finds by itself, because the ledger is
-- written after the KPIs.
with

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

{% if written %}
    earlier as (

        select
            written.kpi,
            written.store_id,
            written.kpi_date,
            written.is_withdrawn,
            written.as_of_at,
            lead(written.as_of_at) over (
                partition by written.kpi, written.store_id, written.kpi_date
                order by written.as_of_at
            ) is null as is_newest
        from {{ written }} as written
        inner join {{ ref('dim_kpis') }} as kpis
            on written.kpi = kpis.kpi
        where written.dimension = 'all'

    ),

    kpi_days_withdrawn as (

        select
            earlier.kpi,
            earlier.store_id,
            earlier.kpi_date,
            earlier.as_of_at as withdrawn_at
        from earlier
        cross join as_of
        where earlier.is_withdrawn and earlier.as_of_at < as_of.as_of_at
        union all
        select
            earlier.kpi,
            earlier.store_id,
            earlier.kpi_date,
            as_of.as_of_at as withdrawn_at
        from earlier
        cross join as_of
        left join {{ ref('int_kpi_store_days') }} as days_now
            on
                earlier.kpi = days_now.kpi
                and earlier.store_id = days_now.store_id
                and earlier.kpi_date = days_now.kpi_date
        where
            earlier.is_newest
            and (not earlier.is_withdrawn or earlier.as_of_at = as_of.as_of_at)
            and days_now.kpi is null

    )

{% else %}
    kpi_days_withdrawn as (

        select
            days_now.kpi,
            days_now.store_id,
            days_now.kpi_date,
            as_of.as_of_at as withdrawn_at
        from {{ ref('int_kpi_store_days') }} as days_now
        inner join {{ ref('dim_kpis') }} as kpis
            on days_now.kpi = kpis.kpi
        cross join as_of
        where false

    )

{% endif %}
select * from kpi_days_withdrawn
