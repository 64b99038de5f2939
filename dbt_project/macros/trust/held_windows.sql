{# Windows held back as a whole, as storepulse.worklist found them. #}
{% macro held_windows() %}
    {%- set windows = worklist().held if execute else [] -%}
    {%- for window in windows %}
    select
        '{{ window.feed }}' as feed,
        '{{ window.source }}' as source_name,
        '{{ window.window_start }}' as window_start,
        '{{ window.window_end }}' as window_end,
        {{ window.rows }} as rows_held,
        '{{ window.rules }}' as rules
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as feed,
        cast(null as {{ dbt.type_string() }}) as source_name,
        cast(null as {{ dbt.type_string() }}) as window_start,
        cast(null as {{ dbt.type_string() }}) as window_end,
        cast(null as {{ dbt.type_bigint() }}) as rows_held,
        cast(null as {{ dbt.type_string() }}) as rules
    where false
    {%- endfor %}
{% endmacro %}
