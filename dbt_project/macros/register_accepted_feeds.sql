{# Before anything runs: one view per feed in the schema `accepted`, over the Parquet files that hold
   the days this build reads. Staging reads them as sources, so lineage and unit tests are dbt's own. #}
{% macro register_accepted_feeds() %}
    {% if execute and flags.WHICH in ['build', 'run', 'test'] %}
        {% do run_query('create schema if not exists accepted') %}
        {% for feed, work in worklist().feeds.items() %}
            {% set view = adapter.dispatch('accepted_view', 'storepulse')(feed, work) %}
            {% do run_query(view) %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{% macro duckdb__accepted_view(feed, work) %}
    create or replace view accepted.{{ feed }} as
    {% if work.files %}
    select * from read_parquet(
        [{% for file in work.files %}'{{ file }}'{{ ', ' if not loop.last }}{% endfor %}],
        union_by_name = true, hive_partitioning = false
    )
    {{ only_days(work) }}
    {% else %}
    {{ no_accepted_rows(work) }}
    {% endif %}
{% endmacro %}


{% macro spark__accepted_view(feed, work) %}
    create or replace view accepted.{{ feed }} as
    {% for file in work.files %}
    select
        {% for column in work.columns %}{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from parquet.`{{ file }}`
    {{ only_days(work) }}
    {{ 'union all' if not loop.last }}
    {% else %}
    {{ no_accepted_rows(work) }}
    {% endfor %}
{% endmacro %}


{# A feed that is read whole has no list of days. #}
{% macro only_days(work) %}
    {%- if work.days is not none -%}
        where {{ is_one_of_days('_event_day', work.days) }}
    {%- endif -%}
{% endmacro %}


{% macro no_accepted_rows(work) %}
    select
        {%- for column, type in work.columns.items() %}
        cast(null as {{ api.Column.translate_type(type) }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{% endmacro %}
