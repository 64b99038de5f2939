{# The newest version of every key of a feed. Windows overlap, come late and are run again, so one key
   may lie in many files; newest means: changed last, then accepted last, then from the later window,
   then further down in what the source sent. Key and change time come from the feed registry. Only
   keys that lie there more than once are put in order: most of a large feed's do not, and sorting it
   whole takes three times as long. #}
{% macro latest_accepted(feed) %}
    {%- set relation = source('accepted', feed) -%}
    {%- if not execute -%}
    select * from {{ relation }}
    {%- else -%}
    {%- set work = worklist().feeds[feed] -%}
    {%- set key = work.key | join(', ') -%}
    with told_again as (
        select {{ key }}, true as is_told_again
        from {{ relation }}
        group by {{ key }}
        having count(*) > 1
    ),
    accepted_rows as (
        select *
        from {{ relation }}
        left join told_again using ({{ key }})
    )
    select *, 1 as version_rank
    from accepted_rows
    where is_told_again is null
    union all
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key }} order by {{ newest_first(work.change_time) }}
            ) as version_rank
        from accepted_rows
        where is_told_again
    ) as versions
    where version_rank = 1
    {%- endif -%}
{% endmacro %}


{% macro newest_first(change_time) -%}
    {{ change_time }} desc, _accepted_at desc, _window desc, _position desc
{%- endmacro %}
