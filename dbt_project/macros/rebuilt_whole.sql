{# Facts that look back or join several feeds are built whole each time, from other marts: which of their
   days a late row changes would have to be worked out for each, and wrongly at least once. What their dates
   came to in the last build is kept (int_kpi_fact_days); KPIs are counted anew on the dates on which the two
   differ. #}


{# Config of such a fact. #}
{% macro rebuilt_whole() %}
    {{ return({'materialized': 'table'}) }}
{% endmacro %}


{# Config of a table of which what the last build left is kept, to be compared with. #}
{% macro compared_with_last_build() %}
    {{ return({'materialized': 'table', 'pre_hook': '{{ keep_last_build(this) }}'}) }}
{% endmacro %}


{# Sets the table aside before it is replaced. A build that broke off may have replaced it already: then
   what the last finished one left is kept. #}
{% macro keep_last_build(relation) %}
    {%- set built = load_relation(relation) if execute else none -%}
    {%- if built is none or worklist().full -%}
        {{ return('') }}
    {%- endif -%}
    {%- set kept = last_build_of(relation.identifier) -%}
    {%- if load_relation(kept) is not none and not worklist().previous_build_finished -%}
        {{ return('') }}
    {%- endif -%}
    create or replace table {{ kept }} as select * from {{ built }}
{% endmacro %}


{# Where the last build's rows of a table are kept. #}
{% macro last_build_of(name) %}
    {{ return(api.Relation.create(
        database=target.database, schema=generate_schema_name('intermediate', none), identifier='last_' ~ name,
        type='table'
    )) }}
{% endmacro %}


{# The last build's rows of such a table; none in a full build, and for the rows of a unit test. Every other build
   has set them aside before; dbt's memory of what tables there are does not know of that. #}
{% macro rows_of_last_build(name) %}
    {%- if not execute or model.config.materialized == 'unit' or worklist().full -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(last_build_of(name)) }}
{% endmacro %}


{# Dates on which a table's rows differ from those of the last build. #}
{% macro dates_that_differ(relation, name) %}
    {{- groups_that_differ(relation, rows_of_last_build(name), {'kpi_date': 'kpi_date'}) -}}
{% endmacro %}


{# Groups of rows that are not the same in two tables of one shape: their `key`, names to expressions. Rows
   are compared by the number of them and the sum of their fingerprints: one pass over each table, however
   wide. Without a table before, all groups differ. #}
{% macro groups_that_differ(now, before, key) %}
    {%- set names, groups = key.keys() | join(', '), key.values() | join(', ') %}
    select {{ names }}
    from (
        {%- for table in [now, before] if table is not none %}
        {%- set sign = '' if loop.first else '-' %}
        {{ 'union all' if not loop.first }}
        select
            {%- for name, expression in key.items() %}
            {{ expression }} as {{ name }},
            {%- endfor %}
            {{ sign }}count(*) as rows_there,
            {{ sign }}{{ sum_of_fingerprints('facts') }} as fingerprint
        from {{ table }} as facts
        group by {{ groups }}
        {%- endfor %}
    ) as both_builds
    group by {{ names }}
    having sum(rows_there) <> 0 or sum(fingerprint) <> 0
{% endmacro %}


{% macro sum_of_fingerprints(alias) %}
    {{- adapter.dispatch('sum_of_fingerprints', 'storepulse')(alias) -}}
{% endmacro %}


{% macro duckdb__sum_of_fingerprints(alias) -%}
    sum(cast(hash({{ alias }}) as hugeint))
{%- endmacro %}


{% macro spark__sum_of_fingerprints(alias) -%}
    sum(cast(xxhash64({{ alias }}.*) as decimal(38, 0)))
{%- endmacro %}


{# Whether a fact is replaced by event dates, as the work list says; if not it is built whole. #}
{% macro is_built_by_event_date(name) %}
    {%- if not execute or model.config.materialized == 'unit' -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(name in worklist().facts) }}
{% endmacro %}
