{{ config(**append_as_of()) }}
{%- set key = 'kpi_date, kpi, store_id, dimension, member' -%}
{%- set columns = key ~ ', numerator, denominator, value, currency, definition_id' %}

with

-- Other dates stand as the last build published them.
dates as (

    select kpi_date from {{ ref('int_kpi_dates_published') }}

),

kpi_days as (

    select {{ columns }} from {{ ref('fct_kpi_daily') }}
    where kpi_date in (select dates.kpi_date from dates)

),

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

changed_values as (

    select {{ columns }} from kpi_days
    except
    select {{ columns }} from {{ ref('int_kpi_previous_values') }}
    where not is_of_this_moment

),

-- A day that was only ever published as of this moment is withdrawn as of it: a mail
-- may have quoted it.
withdrawn as (

    select {{ key }} from {{ ref('int_kpi_previous_values') }}
    except
    select {{ key }} from kpi_days

),

numbers as (

    select
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        currency,
        definition_id,
        false as is_withdrawn,
        kpi_date
    from changed_values
    union all
    select
        kpi,
        store_id,
        dimension,
        member,
        null as numerator,
        null as denominator,
        null as value,  -- noqa: RF04
        null as currency,
        null as definition_id,
        true as is_withdrawn,
        kpi_date
    from withdrawn

),

kpi_asof as (

    select
        numbers.kpi,
        numbers.store_id,
        numbers.dimension,
        numbers.member,
        numbers.numerator,
        numbers.denominator,
        numbers.value,
        numbers.currency,
        numbers.definition_id,
        numbers.is_withdrawn,
        as_of.as_of_at,
        cast(as_of.as_of_at as date) as as_of_date,
        numbers.kpi_date
    from numbers
    cross join as_of
    {{- rows_read_back() }}

)

select * from kpi_asof
