{# The store's business day of a UTC moment: the date on the wall clock in its IANA zone, summer time
   included. #}
{% macro store_local_date(moment, timezone) -%}
    {{ adapter.dispatch('store_local_date', 'storepulse')(moment, timezone) }}
{%- endmacro %}


{% macro duckdb__store_local_date(moment, timezone) -%}
    cast(timezone({{ timezone }}, timezone('UTC', {{ moment }})) as date)
{%- endmacro %}


{% macro spark__store_local_date(moment, timezone) -%}
    cast(from_utc_timestamp({{ moment }}, {{ timezone }}) as date)
{%- endmacro %}
