{# Whole seconds from one UTC moment to another. Not dbt.datediff: engines disagree on part-hours. #}
{% macro elapsed_seconds(start, finish) -%}
    {{ adapter.dispatch('elapsed_seconds', 'storepulse')(start, finish) }}
{%- endmacro %}


{% macro duckdb__elapsed_seconds(start, finish) -%}
    (epoch({{ finish }}) - epoch({{ start }}))
{%- endmacro %}


{% macro spark__elapsed_seconds(start, finish) -%}
    (unix_timestamp({{ finish }}) - unix_timestamp({{ start }}))
{%- endmacro %}
