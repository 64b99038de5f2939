{# Windows noted as lost, as storepulse.worklist found them. #}
{% macro lost_windows() %}
    {%- set windows = worklist().lost if execute else [] -%}
    {%- for window in windows %}
    select
        '{{ window.feed }}' as feed,
        '{{ window.source }}' as source_name,
        '{{ window.window_start }}' as window_start,
        '{{ window.window_end }}' as window_end
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as feed,
        cast(null as {{ dbt.type_string() }}) as source_name,
        cast(null as {{ dbt.type_string() }}) as window_start,
        cast(null as {{ dbt.type_string() }}) as window_end
    where false
    {%- endfor %}
{% endmacro %}
