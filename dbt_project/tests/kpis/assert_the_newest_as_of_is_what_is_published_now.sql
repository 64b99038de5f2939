-- The newest entry of the ledger on every KPI's day equals fct_kpi_daily, and the ledger
-- has standing entries on no other day. A difference means that a build wrote down less,
-- or more, than it published. Dates that a build did not publish again are not compared.
with

ledger as (

    select
        *,
        row_number() over (
            partition by kpi_date, kpi, store_id, dimension, member
            order by as_of_at desc
        ) as recency
    from {{ ref('fct_kpi_asof') }}
    where {{ is_republished() }}

),

newest_entries as (

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
    from ledger
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
    from {{ ref('fct_kpi_daily') }}
    where {{ is_republished() }}

),

not_written_down as (

    select * from kpi_days
    except
    select * from newest_entries

),

not_published_now as (

    select * from newest_entries
    except
    select * from kpi_days

)

select * from not_written_down
union all
select * from not_published_now
