{# Rows of a mart as the last build left them, before this one replaces them; `ref` would ask for the
   new ones and close a circle. Gives none when there is no such mart yet, or when a full build
   rebuilds it: its columns may be other ones then. The ledger is never rebuilt. #}
{% macro current_mart(name, is_ever_rebuilt=true) %}
    {{ return(current_model(name, 'marts', is_ever_rebuilt)) }}
{% endmacro %}


{# The same for a model in another schema. #}
{% macro current_model(name, schema, is_ever_rebuilt=true) %}
    {% if not execute or (worklist().full and is_ever_rebuilt) %}
        {{ return(none) }}
    {% endif %}
    {{ return(adapter.get_relation(
        database=target.database, schema=generate_schema_name(schema, none), identifier=name
    )) }}
{% endmacro %}
