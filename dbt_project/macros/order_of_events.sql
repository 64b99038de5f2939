{# A text that sorts as (moment, id) does, for the first or last of a group without putting it in order:
   microseconds since 1970 have 16 digits from 2001 to 2286. #}
{% macro order_of_events(moment, id) -%}
    {{ adapter.dispatch('order_of_events', 'storepulse')(moment, id) }}
{%- endmacro %}


{% macro duckdb__order_of_events(moment, id) -%}
    (cast(epoch_us({{ moment }}) as varchar) || {{ id }})
{%- endmacro %}


{% macro spark__order_of_events(moment, id) -%}
    (cast(unix_micros({{ moment }}) as string) || {{ id }})
{%- endmacro %}
