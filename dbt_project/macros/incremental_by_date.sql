{# Marts that are built by whole dates: those that changed are replaced, even when nothing is left on
   one of them (plain delete+insert would keep the old rows then). Which dates, is the strategy's. #}


{# Config of a fact: replaces the partitions of event dates that the build plan names. The business
   dates of its rows are noted before the first of them is gone, so every fact depends on that. #}
{% macro incremental_by_event_date() %}
    {%- do ref('int_touched_kpi_dates') -%}
    {{ return(adapter.dispatch('incremental_by_event_date', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__incremental_by_event_date() %}
    {{ return(incremental_by('event_date')) }}
{% endmacro %}


{% macro spark__incremental_by_event_date() %}
    {{ return(dict(incremental_by('event_date'), pre_hook='{{ drop_rebuilt_partitions(this) }}')) }}
{% endmacro %}


{# Config of a table by kpi_date: replaces the dates in the model `dates_rebuilt`. On Spark a date that
   loses its last row keeps it until the next full refresh; that needs coverage to shrink, which only
   deleting accepted files does. #}
{% macro incremental_by_kpi_date(dates_rebuilt='int_kpi_dates_rebuilt') %}
    {%- do ref(dates_rebuilt) -%}
    {{ return(dict(incremental_by('kpi_date'), meta={'dates_rebuilt': dates_rebuilt})) }}
{% endmacro %}


{# Config of fct_kpi_periods: replaces the weeks and months in int_kpi_periods_rebuilt. #}
{% macro incremental_by_kpi_period() %}
    {%- do ref('int_kpi_periods_rebuilt') -%}
    {{ return(dict(incremental_by('kpi_period'), partition_by=['grain', 'period_start'])) }}
{% endmacro %}


{% macro incremental_by(date_column) %}
    {{ return(adapter.dispatch('incremental_by', 'storepulse')(date_column)) }}
{% endmacro %}


{# The strategies are the two macros below. #}
{% macro duckdb__incremental_by(date_column) %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': date_column ~ 's',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{% macro spark__incremental_by(date_column) %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': [date_column],
        'file_format': 'parquet',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{# dbt finds an incremental strategy by the name of its macro. #}
{% macro get_incremental_event_dates_sql(arguments) %}
    {{ replace_rows(arguments, is_rebuilt(model.name)) }}
{% endmacro %}


{% macro get_incremental_kpi_dates_sql(arguments) %}
    {%- set dates = 'select kpi_date from ' ~ ref(config.get('meta').dates_rebuilt) -%}
    {{ replace_rows(arguments, 'kpi_date in (' ~ dates ~ ')') }}
{% endmacro %}


{% macro get_incremental_kpi_periods_sql(arguments) %}
    {%- set periods = 'select (grain, period_start) from ' ~ ref('int_kpi_periods_rebuilt') -%}
    {{ replace_rows(arguments, '(grain, period_start) in (' ~ periods ~ ')') }}
{% endmacro %}


{# Both statements run in one transaction. #}
{% macro replace_rows(arguments, condition) %}
    delete from {{ arguments.target_relation }}
    where {{ condition }};
    insert into {{ arguments.target_relation }} by name
    {{ arguments.compiled_code }}
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
