{# The value below which a share of a column's values lies, read off a straight line between the two
   nearest ones; null of nothing. #}
{% macro percentile(column, share) %}
    {{- adapter.dispatch('percentile', 'storepulse')(column, share) -}}
{% endmacro %}


{% macro duckdb__percentile(column, share) -%}
    quantile_cont({{ column }}, {{ share }})
{%- endmacro %}


{% macro spark__percentile(column, share) -%}
    percentile({{ column }}, {{ share }})
{%- endmacro %}
