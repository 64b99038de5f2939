{# What this build has to do, as storepulse.transform.build_plan wrote it next to the warehouse file. It is read
   while models run, not passed as --vars: changed vars would make dbt parse the project again. `graph`
   lives as long as one run of dbt, so the file is read once and not by each node. #}
{% macro worklist() %}
    {%- if 'worklist' not in graph -%}
        {%- set path = var('warehouse_folder') ~ '/worklist.json' -%}
        {%- set text = adapter.dispatch('file_text', 'storepulse')(path) -%}
        {%- do graph.update({'worklist': fromjson(text)}) -%}
    {%- endif -%}
    {{ return(graph.worklist) }}
{% endmacro %}


{% macro duckdb__file_text(path) %}
    {% set rows = run_query("select content from read_text('" ~ path | replace("'", "''") ~ "')") %}
    {{ return(rows.columns[0].values()[0]) }}
{% endmacro %}


{% macro spark__file_text(path) %}
    {% set rows = run_query('select value from text.`' ~ path ~ '`') %}
    {{ return(rows.columns[0].values() | join('\n')) }}
{% endmacro %}


{# True for rows in a partition that this build replaces; always true in a full refresh and for the
   hand-written rows of a unit test. #}
{% macro is_rebuilt(fact, event_date='event_date') %}
    {%- if not execute or model.config.materialized == 'unit' -%}
        true
    {%- else -%}
        {%- set work = worklist() -%}
        {%- if work.full -%}
            true
        {%- else -%}
            {{ is_one_of_days(event_date, work.facts[fact].days) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro is_one_of_days(column, days) %}
    {%- if days -%}
        {{ column }} in (
            {%- for day in days %}date '{{ day }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- else -%}
        false
    {%- endif -%}
{% endmacro %}
