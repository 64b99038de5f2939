{# A definition's text as SQL. Line breaks of the YAML become spaces. #}
{% macro kpi_text(text) -%}
    {%- if text is none or text is undefined or text == '' -%}
        cast(null as {{ dbt.type_string() }})
    {%- else -%}
        {%- set one_line = (text | string).split() | join(' ') -%}
        {{ dbt.string_literal(dbt.escape_single_quotes(one_line)) }}
    {%- endif -%}
{%- endmacro %}
