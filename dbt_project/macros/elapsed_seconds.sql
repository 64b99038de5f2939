{# Seconds from one UTC moment to another, exactly, to the microsecond: a decimal(18, 6). Not dbt.datediff: engines
   disagree on part-hours. Not a difference of doubles: a second past midnight on 30 November 2026 has no exact
   double once it has a fraction. #}
{% macro elapsed_seconds(start, finish) -%}
    {{ adapter.dispatch('elapsed_seconds', 'storepulse')(start, finish) }}
{%- endmacro %}


{% macro duckdb__elapsed_seconds(start, finish) -%}
    cast(cast(epoch_us({{ finish }}) - epoch_us({{ start }}) as decimal(18, 0)) * 0.000001 as decimal(18, 6))
{%- endmacro %}


{% macro spark__elapsed_seconds(start, finish) -%}
    cast(cast(unix_micros({{ finish }}) - unix_micros({{ start }}) as decimal(18, 0)) * 0.000001 as decimal(18, 6))
{%- endmacro %}
