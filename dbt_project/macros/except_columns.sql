{# After a star: all columns but these. #}
{% macro except_columns(columns) %}
    {{- adapter.dispatch('except_columns', 'storepulse')(columns) -}}
{% endmacro %}


{% macro duckdb__except_columns(columns) -%}
    exclude ({{ columns | join(', ') }})
{%- endmacro %}


{% macro spark__except_columns(columns) -%}
    except ({{ columns | join(', ') }})
{%- endmacro %}
