{# A mart that a view among the marts reads, named by its schema alone: `publish` makes the view again in the
   file that readers get, which has another name and may be attached under any. #}
{% macro sibling_mart(name) -%}
    {{ ref(name).include(database=false) }}
{%- endmacro %}
