-- The last word of the ledger on every KPI's day is what fct_kpi_days says now, and it
-- has the last word on no other. A difference means that a build wrote down less, or
-- more, than it said. Of dates that a build did not say anew nothing is written.
with

said as (

    select
        *,
        row_number() over (
            partition by kpi_date, kpi, store_id, dimension, member
            order by as_of_at desc
        ) as recency
    from {{ ref('fct_kpi_asof') }}
    where {{ is_said_anew() }}

),

last_said as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        currency,
        definition_id
    from said
    where recency = 1 and not is_withdrawn

),

kpi_days as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        currency,
        definition_id
    from {{ ref('fct_kpi_days') }}
    where {{ is_said_anew() }}

),

not_written_down as (

    select * from kpi_days
    except
    select * from last_said

),

not_said_any_more as (

    select * from last_said
    except
    select * from kpi_days

)

select * from not_written_down
union all
select * from not_said_any_more
