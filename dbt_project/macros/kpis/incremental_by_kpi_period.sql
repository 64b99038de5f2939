{# Config of fct_kpi_periods: whole weeks and months are replaced, those in int_kpi_periods_rebuilt, even
   when nothing is left of one of them. #}
{% macro incremental_by_kpi_period() %}
    {{ return(adapter.dispatch('incremental_by_kpi_period', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__incremental_by_kpi_period() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'kpi_periods',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{# As for dates, Spark keeps a period that loses its last row until the next full refresh. #}
{% macro spark__incremental_by_kpi_period() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': ['grain', 'period_start'],
        'file_format': 'parquet',
        'on_schema_change': 'fail',
    }) }}
{% endmacro %}


{# The incremental strategy `kpi_periods`; dbt runs both statements in one transaction. #}
{% macro get_incremental_kpi_periods_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }}
    where (grain, period_start) in (
        select (grain, period_start) from {{ ref('int_kpi_periods_rebuilt') }}
    );

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}
