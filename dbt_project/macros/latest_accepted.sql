{# The newest version of every key of a feed. Windows overlap, come late and are run again, so one key
   may lie in many files; newest means: changed last, then accepted last, then from the later window,
   then further down in what the source sent. Key and change time come from the feed registry. #}
{% macro latest_accepted(feed) %}
    {%- set relation = source('accepted', feed) -%}
    {%- if not execute -%}
    select * from {{ relation }}
    {%- else -%}
    {%- set work = worklist().feeds[feed] -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ work.key | join(', ') }}
                order by {{ newest_first(work.change_time) }}
            ) as version_rank
        from {{ relation }}
    ) as versions
    where version_rank = 1
    {%- endif -%}
{% endmacro %}


{% macro newest_first(change_time) -%}
    {{ change_time }} desc, _accepted_at desc, _window desc, _position desc
{%- endmacro %}
