{# The spans of accepted windows, as storepulse.transform.build_plan found them. #}
{% macro accepted_coverage() %}
    {%- set spans = worklist().coverage if execute else [] -%}
    {%- for span in spans %}
    select
        '{{ span.feed }}' as feed,
        '{{ span.source }}' as source_name,
        '{{ span.covered_from }}' as covered_from,
        '{{ span.complete_until }}' as complete_until
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as feed,
        cast(null as {{ dbt.type_string() }}) as source_name,
        cast(null as {{ dbt.type_string() }}) as covered_from,
        cast(null as {{ dbt.type_string() }}) as complete_until
    where false
    {%- endfor %}
{% endmacro %}
