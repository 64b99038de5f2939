{# Config of fct_kpi_days: whole dates are replaced, those in int_kpi_dates_rebuilt, even when nothing is
   left on one of them. #}
{% macro incremental_by_kpi_date() %}
    {{ return(adapter.dispatch('incremental_by_kpi_date', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__incremental_by_kpi_date() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'kpi_dates',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{# Spark replaces the partitions that get rows. A date that loses its last row keeps it until the next
   full refresh; that needs coverage to shrink, which only deleting accepted files does. #}
{% macro spark__incremental_by_kpi_date() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': ['kpi_date'],
        'file_format': 'parquet',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{# The incremental strategy `kpi_dates`; dbt runs both statements in one transaction. #}
{% macro get_incremental_kpi_dates_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }}
    where kpi_date in (select kpi_date from {{ ref('int_kpi_dates_rebuilt') }});

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}
