{# The values of a group as one text, in order, with commas between them. #}
{% macro sorted_list(column) -%}
    {{ adapter.dispatch('sorted_list', 'storepulse')(column) }}
{%- endmacro %}


{% macro duckdb__sorted_list(column) -%}
    string_agg({{ column }}, ',' order by {{ column }})
{%- endmacro %}


{% macro spark__sorted_list(column) -%}
    array_join(array_sort(collect_list({{ column }})), ',')
{%- endmacro %}
