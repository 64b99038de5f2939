{# Facts that look back or join several feeds are built whole each time, from other marts: which of their
   days a late row changes would have to be worked out for each, and wrongly at least once. A
   fingerprint of each of their dates in the last build is kept (int_kpi_fact_days); KPIs are recounted on the
   dates on which the two differ. #}


{# Config of such a table: it is made whole, but only days on which it differs from what stands there are
   written, which is a few of a year. `day` is a date of its rows. #}
{% macro rebuilt_whole(day) %}
    {{ return(adapter.dispatch('rebuilt_whole', 'storepulse')(day)) }}
{% endmacro %}


{% macro duckdb__rebuilt_whole(day) %}
    {{ return({
        'materialized': 'incremental',
        'incremental_strategy': 'days_that_differ',
        'on_schema_change': 'fail',
        'meta': {'day': day},
    }) }}
{% endmacro %}


{% macro spark__rebuilt_whole(day) %}
    {{ return({'materialized': 'table'}) }}
{% endmacro %}


{# dbt finds an incremental strategy by the name of its macro. #}
{% macro get_incremental_days_that_differ_sql(arguments) %}
    {%- set table, day = arguments.target_relation, config.get('meta').day -%}
    {%- set whole = adapter.quote(table.identifier ~ '__whole') -%}
    {%- set days = adapter.quote(table.identifier ~ '__days_that_differ') -%}
    create or replace temporary table {{ whole }} as
    select * from {{ table }} where false;
    insert into {{ whole }} by name
    {{ arguments.compiled_code }};
    create or replace temporary table {{ days }} as
    {{ groups_that_differ(whole, table, {'changed_day': day}) }};
    delete from {{ table }} where {{ is_one_of_those(day, days) }};
    insert into {{ table }} by name
    select * from {{ whole }} where {{ is_one_of_those(day, days) }};
    drop table {{ whole }};
    drop table {{ days }}
{% endmacro %}


{# Rows without a date belong together as those of a day do. #}
{% macro is_one_of_those(day, days) %}
    exists (select 1 from {{ days }} as differing where differing.changed_day is not distinct from {{ day }})
{% endmacro %}


{# Config of a table of which what the last build left is kept, to be compared with. #}
{% macro compared_with_last_build() %}
    {{ return({'materialized': 'table', 'pre_hook': '{{ keep_last_build(this) }}'}) }}
{% endmacro %}


{# Copies the table before it is replaced. A build that broke off may have replaced it already: then
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
   has copied them before; dbt's memory of what tables there are does not know of that. #}
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


{# Whether a fact is replaced by event dates, as the build plan states; if not it is built whole. #}
{% macro is_built_by_event_date(name) %}
    {%- if not execute or model.config.materialized == 'unit' -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(name in worklist().facts) }}
{% endmacro %}
