{# The UTC moment at which a local day of an IANA zone begins: the other way round of store_local_date. #}
{% macro store_day_start(day, timezone) -%}
    {{ adapter.dispatch('store_day_start', 'storepulse')(day, timezone) }}
{%- endmacro %}


{% macro duckdb__store_day_start(day, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, cast({{ day }} as timestamp)))
{%- endmacro %}


{% macro spark__store_day_start(day, timezone) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), {{ timezone }})
{%- endmacro %}
