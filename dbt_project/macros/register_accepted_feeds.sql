{# Before anything runs: one view per feed in the schema `accepted`, over the Parquet files that hold
   the days this build reads, one over all that lies in quarantine, one over what windows were checked
   for, and one over what was exported of the ledger, when the warehouse has lost it. Models read them as
   sources, so lineage and unit tests are dbt's own. #}
{% macro register_accepted_feeds() %}
    {% if execute and flags.WHICH in ['build', 'run', 'test'] %}
        {% do run_query('create schema if not exists accepted') %}
        {% for feed, work in worklist().feeds.items() %}
            {% set view = adapter.dispatch('accepted_view', 'storepulse')(feed, work) %}
            {% do run_query(view) %}
        {% endfor %}
        {% do run_query('create schema if not exists quarantine') %}
        {% do run_query('create or replace view quarantine.refused_rows as ' ~ refused_rows()) %}
        {% do run_query('create schema if not exists validation') %}
        {% set checks = adapter.dispatch('rows_of_file', 'storepulse')(worklist().window_checks) %}
        {% do run_query('create or replace view validation.window_checks as ' ~ checks) %}
        {% do run_query('create schema if not exists ledger') %}
        {% if worklist().ledger %}
            {% set exported = adapter.dispatch('rows_of_file', 'storepulse')(worklist().ledger) %}
            {% do run_query('create or replace view ledger.kpi_asof as ' ~ exported) %}
        {% else %}
            {% do run_query('drop view if exists ledger.kpi_asof') %}
        {% endif %}
    {% endif %}
{% endmacro %}


{% macro duckdb__rows_of_file(path) %}
    select * from read_parquet('{{ path | replace("'", "''") }}')
{% endmacro %}


{% macro spark__rows_of_file(path) %}
    select * from parquet.`{{ path }}`
{% endmacro %}


{# Refused rows of the feeds that are counted. They lie as they landed, as text; a row whose key cannot be
   read has none, nor is a moment one that cannot be read. #}
{% macro refused_rows() %}
    {%- for feed in counted_feeds() %}
    {%- set work = worklist().feeds[feed] %}
    select
        '{{ feed }}' as feed,
        _source as source_name,
        store_id,
        {{ work.key | join(" || '|' || ") }} as row_key,
        try_cast({{ work.event_time }} as {{ api.Column.translate_type('timestamp') }}) as event_at,
        {{ 'true' if work.columns[work.event_time] | lower == 'date' else 'false' }} as is_event_date,
        cast(_amount as decimal(18, 2)) as amount,
        _currency as currency,
        _window as window_id,
        _position as position
    from ({{ adapter.dispatch('rows_of_refused_files', 'storepulse')(work) }}) as rows_of_feed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{% macro duckdb__rows_of_refused_files(work) %}
    {% if work.refused_files %}
    select * from read_parquet(
        [{% for file in work.refused_files %}'{{ file | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}],
        union_by_name = true, hive_partitioning = false
    )
    union all by name
    {% endif %}
    {{ no_refused_rows(work) }}
{% endmacro %}


{% macro spark__rows_of_refused_files(work) %}
    {% for file in work.refused_files %}
    select
        {% for column in work.columns if not column.startswith('_') %}{{ column }}, {% endfor -%}
        _source, _amount, _currency, _window, _position
    from parquet.`{{ file }}`
    union all
    {% endfor %}
    {{ no_refused_rows(work) }}
{% endmacro %}


{% macro no_refused_rows(work) %}
    select
        {%- for column in work.columns if not column.startswith('_') %}
        cast(null as {{ dbt.type_string() }}) as {{ column }},
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as _source,
        cast(null as decimal(28, 8)) as _amount,
        cast(null as {{ dbt.type_string() }}) as _currency,
        cast(null as {{ dbt.type_string() }}) as _window,
        cast(null as {{ dbt.type_bigint() }}) as _position
    where false
{% endmacro %}


{% macro duckdb__accepted_view(feed, work) %}
    create or replace view accepted.{{ feed }} as
    {% if work.files %}
    {#- Files accepted before the feed got a column have it with nulls. #}
    select * from (
        select * from read_parquet(
            [{% for file in work.files %}'{{ file | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}],
            union_by_name = true, hive_partitioning = false
        )
        union all by name
        {{ no_accepted_rows(work) }}
    ) as rows_of_any_age
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
