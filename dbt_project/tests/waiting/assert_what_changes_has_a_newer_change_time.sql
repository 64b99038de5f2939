{{ config(severity='warn') }}

-- Of every feed of the registry; their views are there before anything runs. Only of what
-- lies there twice every column is compared.
with

rows_that_differ as (

    {% for feed, work in (worklist().feeds if execute else {}).items() %}
    {%- set columns = [] %}
    {%- for column in work.columns if not column.startswith('_') %}{% do columns.append(column) %}{% endfor %}
    {%- set parts = work.key + [work.change_time] %}
    select
        '{{ feed }}' as feed,
        concat_ws('|', {{ work.key | join(', ') }}) as row_key,
        {{ work.change_time }} as changed_at
    from (
        select
            accepted_rows.*,
            {{ surrogate_key(columns) }} as content
        from accepted.{{ feed }} as accepted_rows
    ) as contents
    where ({{ parts | join(', ') }}) in (
        select {{ parts | join(', ') }}
        from accepted.{{ feed }}
        group by {{ parts | join(', ') }}
        having count(*) > 1
    )
    group by {{ parts | join(', ') }}
    having min(content) <> max(content)
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from rows_that_differ
