{{ config(materialized='table') }}
{%- set last_rates = rows_of_last_build('int_exchange_rates') %}

with

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

rates_added as (

    select * from exchange_rates
    {%- if last_rates %}
        except
        select * from {{ last_rates }}
    {%- else %}
        where false
    {%- endif %}

),

rates_removed as (

    {%- if last_rates %}
        select * from {{ last_rates }}
        except
    {%- endif %}
    select * from exchange_rates
    {{- ' where false' if not last_rates }}

),

rates_changed as (

    select * from rates_added
    union all
    select * from rates_removed

),

fx_changed_dates as (

    select calendar.calendar_date as kpi_date
    from {{ ref('dim_calendar') }} as calendar
    inner join rates_changed
        on
            calendar.calendar_date >= rates_changed.valid_from
            and calendar.calendar_date < rates_changed.valid_to

)

select * from fx_changed_dates
