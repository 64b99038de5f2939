{{ config(materialized='table') }}
{#- The ledger as the last build left it; before the first nothing was published. -#}
{%- set written = ledger_before() %}

-- What was published of a settled day by the first build after it had settled. A number
-- stands until another is published; one by another definition is another number.
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
            min(moments.as_of_at) as first_at
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

    values_then as (

        select
            firsts.kpi,
            firsts.store_id,
            firsts.kpi_date,
            published.numerator as first_published,
            greatest(published.as_of_at, firsts.first_at) as first_published_at,
            row_number() over (
                partition by firsts.kpi, firsts.store_id, firsts.kpi_date
                order by
                    published.as_of_at > firsts.first_at,
                    abs({{ elapsed_seconds('firsts.first_at', 'published.as_of_at') }})
            ) as nearness
        from firsts
        inner join {{ written }} as published
            on
                firsts.kpi = published.kpi
                and firsts.store_id = published.store_id
                and firsts.kpi_date = published.kpi_date
                and firsts.definition_id = published.definition_id
                and firsts.as_of_at > published.as_of_at
        where published.dimension = 'all' and not published.is_withdrawn

    ),

{% else %}
    values_then as (

        select
            kpi,
            store_id,
            kpi_date,
            value_now as first_published,
            as_of_at as first_published_at,
            1 as nearness
        from settled
        where false

    ),

{% endif %}
first_published_values as (

    select
        kpi,
        store_id,
        kpi_date,
        first_published,
        first_published_at
    from values_then
    where nearness = 1

)

select * from first_published_values
