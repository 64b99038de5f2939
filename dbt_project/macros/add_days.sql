{# A date some days later, as a date (dbt.dateadd gives a timestamp on some engines). #}
{% macro add_days(day, days) -%}
    cast({{ dbt.dateadd('day', days, day) }} as date)
{%- endmacro %}
