{# Rows of a mart as the last build left them, before this one replaces them; `ref` would ask for the
   new ones and close a circle. Gives none when there is no such mart yet, or when a full build makes
   it anew: its columns may be other ones then. #}
{% macro current_mart(name) %}
    {% if not execute or worklist().full %}
        {{ return(none) }}
    {% endif %}
    {{ return(adapter.get_relation(
        database=target.database, schema=generate_schema_name('marts', none), identifier=name
    )) }}
{% endmacro %}
