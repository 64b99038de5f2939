{# Config of fct_kpi_asof: what a build publishes is added, what earlier builds published stays, even in a
   full refresh: it cannot be rebuilt from what is accepted now. A build of the same moment replaces what the
   one before it published of the same dates. #}
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


{# The incremental strategy `as_of`: entries of this build's moment are replaced on the dates it publishes. #}
{% macro get_incremental_as_of_sql(arguments) %}
    {%- set moment = 'select as_of_at from ' ~ ref('int_kpi_as_of') -%}
    {%- set dates = 'select kpi_date from ' ~ ref('int_kpi_dates_published') -%}
    {{ replace_rows(arguments, 'as_of_at = (' ~ moment ~ ') and kpi_date in (' ~ dates ~ ')') }}
{% endmacro %}


{# In a full build, every date in the ledger: the build may have no number for some of them any more. #}
{% macro dates_in_the_ledger_of_a_full_build() %}
    {%- set written = ledger_before() -%}
    {%- if written and worklist().full -%}
    select kpi_date from {{ written }}
    {%- else -%}
    select cast(null as date) as kpi_date where false
    {%- endif -%}
{% endmacro %}


{# What earlier builds published: the ledger in the warehouse; when that is lost, its export; none before the
   first build. #}
{% macro ledger_before() %}
    {%- set exported = source('ledger', 'kpi_asof') -%}
    {%- set written = current_mart('fct_kpi_asof', is_ever_rebuilt=false) -%}
    {%- if execute and not written and worklist().ledger -%}
        {{ return(exported) }}
    {%- endif -%}
    {{ return(written) }}
{% endmacro %}


{# Rows that were read back, without those that this build publishes again; none while the warehouse has them. #}
{% macro rows_read_back() %}
    {%- set exported = source('ledger', 'kpi_asof') -%}
    {%- if execute and worklist().ledger and not current_mart('fct_kpi_asof', is_ever_rebuilt=false) %}
    {%- set known = adapter.get_columns_in_relation(exported) | map(attribute='name') | list %}
    union all
    select
        {%- for name, column in model.columns.items() %}
        {{ name if name in known else 'cast(null as ' ~ column.data_type ~ ')' }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ exported }}
    where
        as_of_at <> (select as_of.as_of_at from as_of)
        or kpi_date not in (select dates.kpi_date from dates)
    {%- endif -%}
{% endmacro %}


{# A moment just after that of the last build, when windows it read are gone: what it published stays, and
   this build is later although no feed has advanced. No row in a unit test. #}
{% macro moment_after_the_last_build() %}
    {%- set spoken = worklist().speaks_after if execute and model.config.materialized != 'unit' else none -%}
    {%- if spoken -%}
    select {{ dbt.dateadd('second', 1, "cast('" ~ spoken ~ "' as timestamp)") }} as as_of_at
    {%- else -%}
    select cast(null as timestamp) as as_of_at
    {%- endif -%}
{% endmacro %}
