{{ config(**append_as_of()) }}
{#- The ledger as the last build left it; none before the first. -#}
{%- set written = current_mart('fct_kpi_asof', is_ever_made_anew=false) -%}
{%- set key = 'kpi_date, kpi, store_id, dimension, member' -%}
{%- set said = key ~ ', numerator, denominator, value, currency, definition_id' %}

with

-- Of other dates this build says what the last one said.
dates as (

    select kpi_date from {{ ref('int_kpi_dates_published') }}

),

kpi_days as (

    select {{ said }} from {{ ref('fct_kpi_days') }}
    where kpi_date in (select dates.kpi_date from dates)

),

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

said_before as (

    select * from {{ ref('int_kpi_days_said_before') }}

),

said_anew as (

    select {{ said }} from kpi_days
    except
    select {{ said }} from said_before

),

withdrawn as (

    select {{ key }} from said_before
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
    from said_anew
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

{% if written %}
    -- The rows of this moment are replaced: an earlier build may have said something at
    -- it, of dates that this one leaves alone.
    said_at_this_moment as (

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
            is_withdrawn,
            kpi_date
        from {{ written }}
        where
            as_of_at = (select as_of.as_of_at from as_of)
            and kpi_date not in (select dates.kpi_date from dates)

    ),

{% endif %}
all_numbers as (

    select * from numbers
    {% if written %}
        union all
        select * from said_at_this_moment
    {% endif %}

),

kpi_asof as (

    select
        all_numbers.kpi,
        all_numbers.store_id,
        all_numbers.dimension,
        all_numbers.member,
        all_numbers.numerator,
        all_numbers.denominator,
        all_numbers.value,
        all_numbers.currency,
        all_numbers.definition_id,
        all_numbers.is_withdrawn,
        as_of.as_of_at,
        cast(as_of.as_of_at as date) as as_of_date,
        all_numbers.kpi_date
    from all_numbers
    cross join as_of

)

select * from kpi_asof
