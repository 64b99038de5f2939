{# The newest version of every key of a feed. Windows overlap, come late and are run again, so one key
   may lie in many files; newest means: changed last, then accepted last, then from the later window,
   then further down in what the source sent. Key and change time come from the feed registry. Only
   keys that lie there more than once are put in order: most of a large feed's do not. The feed is read
   three times, twice a few columns of it: keeping it whole in between takes longer. #}
{% macro latest_accepted(feed) %}
    {%- set relation = source('accepted', feed) -%}
    {%- if not execute -%}
    select * from {{ relation }}
    {%- else -%}
    {%- set work = worklist().feeds[feed] -%}
    {%- set key = work.key | join(', ') -%}
    with repeated_keys as (
        select {{ key }}
        from {{ relation }}
        group by {{ key }}
        having count(*) > 1
    ),
    versions as (
        select
            {{ key }},
            _source,
            _window,
            _position,
            row_number() over (
                partition by {{ key }} order by {{ newest_first(work.change_time) }}
            ) as version_rank
        from {{ relation }}
        inner join repeated_keys using ({{ key }})
    ),
    versions_replaced as (
        select
            {{ key }},
            _source,
            _window,
            _position
        from versions
        where version_rank > 1
    )
    select accepted_rows.*
    from {{ relation }} as accepted_rows
    left join versions_replaced
        on
            {%- for column in work.key %}
            accepted_rows.{{ column }} = versions_replaced.{{ column }} and
            {%- endfor %}
            accepted_rows._source = versions_replaced._source
            and accepted_rows._window = versions_replaced._window
            and accepted_rows._position = versions_replaced._position
    where versions_replaced._window is null
    {%- endif -%}
{% endmacro %}


{% macro newest_first(change_time) -%}
    {{ change_time }} desc, _accepted_at desc, _window desc, _position desc
{%- endmacro %}
