{# Config of fct_kpi_asof: what a build says is added, what earlier ones said stays, even in a full
   refresh: it cannot be made again from what is accepted now. A build of the same moment replaces what
   the one before it said of the same dates. #}
{% macro append_as_of() %}
    {{ return(adapter.dispatch('append_as_of', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__append_as_of() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'as_of',
        'full_refresh': false,
        'on_schema_change': 'append_new_columns',
    }) }}
{% endmacro %}


{% macro spark__append_as_of() %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'insert_overwrite',
        'partition_by': ['as_of_at', 'kpi_date'],
        'file_format': 'parquet',
        'full_refresh': false,
        'on_schema_change': 'append_new_columns',
    }) }}
{% endmacro %}


{# The incremental strategy `as_of`: what stands at this build's moment of the dates it replaces it says
   again. #}
{% macro get_incremental_as_of_sql(arguments) %}
    {%- set moment = 'select as_of_at from ' ~ ref('int_kpi_as_of') -%}
    {%- set dates = 'select kpi_date from ' ~ ref('int_kpi_dates_published') -%}
    {{ replace_rows(arguments, 'as_of_at = (' ~ moment ~ ') and kpi_date in (' ~ dates ~ ')') }}
{% endmacro %}


{# In a full build every date anything was ever said of: it may say nothing more of one. #}
{% macro dates_in_the_ledger_of_a_full_build() %}
    {%- set written = current_mart('fct_kpi_asof', is_ever_made_anew=false) -%}
    {%- if written and worklist().full -%}
    select kpi_date from {{ written }}
    {%- else -%}
    select cast(null as date) as kpi_date where false
    {%- endif -%}
{% endmacro %}
