{# Money as every mart holds it. #}
{% macro amount(expression) -%}
    cast({{ expression }} as decimal(18, 2))
{%- endmacro %}
