{# How tables are written on DuckDB, in place of the adapter's way, which builds each next to the old one,
   compares the columns of both, renames twice and drops in transactions of their own: with a hundred
   models that took a third of a build. Here a table is replaced by one statement in one transaction;
   readers meanwhile, or after a build that broke off, see the old one. No indexes, grants or
   comments are kept in the warehouse file: what people read is published from it. #}


{% materialization table, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {{ drop_what_is_no_table(relation) }}
        {{ replace_table(relation, compiled_code) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}


{% materialization incremental, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- call statement('main') -%}
            {{ drop_what_is_no_table(relation) }}
            {{ replace_table(relation, compiled_code) }}
        {%- endcall -%}
    {%- else -%}
        {%- if worklist().full -%}
            {%- do add_new_columns(relation) -%}
        {%- endif -%}
        {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy')) -%}
        {%- call statement('main') -%}
            {{ strategy({'target_relation': relation, 'compiled_code': compiled_code}) }}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}


{% macro drop_what_is_no_table(relation) %}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing is not none and not existing.is_table -%}
    drop {{ existing.type }} if exists {{ existing }};
    {%- endif -%}
{% endmacro %}


{# A contract is compared with the query's columns when the models changed, which makes a build full; by the
   columns declared the table is made every time. #}
{% macro replace_table(relation, sql) %}
    {%- if config.get('contract').enforced -%}
    {%- if worklist().full -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
    insert into {{ relation }} {{ get_column_names() }}
    {{ get_select_subquery(sql) }}
    {%- else -%}
    create or replace table {{ relation }} as
    {{ sql }}
    {%- endif -%}
{% endmacro %}


{# A table that is never rebuilt (the ledger) takes the columns that its query has and it lacks. #}
{% macro add_new_columns(relation) %}
    {%- set known = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- for column in get_column_schema_from_query(compiled_code) if column.name not in known -%}
        {%- do run_query('alter table ' ~ relation ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
{% endmacro %}
