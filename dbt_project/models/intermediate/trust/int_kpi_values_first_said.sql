{{ config(materialized='table') }}
{#- The ledger as the last build left it; before the first nothing was said. -#}
{%- set written = ledger_before() %}

-- What the first build that knew a day for settled said of it. A number stands until
-- another is said; one by another definition is another number.
with

settled as (

    select * from {{ ref('int_kpi_days_settled') }}

),

{% if written %}
    moments as (

        select distinct as_of_at from {{ written }}

    ),

    firsts as (

        select
            settled.kpi,
            settled.store_id,
            settled.kpi_date,
            settled.definition_id,
            settled.as_of_at,
            min(moments.as_of_at) as first_said_at
        from settled
        inner join moments
            on
                settled.settled_at <= moments.as_of_at
                and settled.as_of_at > moments.as_of_at
        group by
            settled.kpi,
            settled.store_id,
            settled.kpi_date,
            settled.definition_id,
            settled.as_of_at

    ),

    said_then as (

        select
            firsts.kpi,
            firsts.store_id,
            firsts.kpi_date,
            said.numerator as first_said,
            greatest(said.as_of_at, firsts.first_said_at) as first_said_at,
            row_number() over (
                partition by firsts.kpi, firsts.store_id, firsts.kpi_date
                order by
                    said.as_of_at > firsts.first_said_at,
                    abs({{ elapsed_seconds('firsts.first_said_at', 'said.as_of_at') }})
            ) as nearness
        from firsts
        inner join {{ written }} as said
            on
                firsts.kpi = said.kpi
                and firsts.store_id = said.store_id
                and firsts.kpi_date = said.kpi_date
                and firsts.definition_id = said.definition_id
                and firsts.as_of_at > said.as_of_at
        where said.dimension = 'all' and not said.is_withdrawn

    ),

{% else %}
    said_then as (

        select
            kpi,
            store_id,
            kpi_date,
            value_now as first_said,
            as_of_at as first_said_at,
            1 as nearness
        from settled
        where false

    ),

{% endif %}
values_first_said as (

    select
        kpi,
        store_id,
        kpi_date,
        first_said,
        first_said_at
    from said_then
    where nearness = 1

)

select * from values_first_said
