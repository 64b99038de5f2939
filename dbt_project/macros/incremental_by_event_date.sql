{# Config of a fact: partitions of whole event dates are replaced, those the work list names, even
   when nothing is left in one of them (plain delete+insert would keep the old rows then). #}
{% macro incremental_by_event_date() %}
    {{ return(adapter.dispatch('incremental_by_event_date', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__incremental_by_event_date() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'event_dates',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{% macro spark__incremental_by_event_date() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': ['event_date'],
        'file_format': 'parquet',
        'on_schema_change': 'fail',
        'pre_hook': '{{ drop_rebuilt_partitions(this) }}',
    }) }}
{% endmacro %}


{# The incremental strategy `event_dates`; dbt runs both statements in one transaction. #}
{% macro get_incremental_event_dates_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }}
    where {{ is_rebuilt(model.name) }};

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}


{# Spark overwrites only partitions that get rows; the emptied ones go first. #}
{% macro drop_rebuilt_partitions(relation) %}
    {% if execute and is_incremental() %}
        {% for day in worklist().facts[relation.identifier].days %}
            {% do run_query(
                'alter table ' ~ relation ~ " drop if exists partition (event_date = '" ~ day ~ "')"
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
