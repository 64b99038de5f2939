{# Windows that storepulse.transform.build_plan noted as `held` or `lost`, a row each: the feed, its source, the window's
   bounds, and `more` of what was noted: names to types, none for a text. #}
{% macro noted_windows(noted, more={}) %}
    {%- set known = {'feed': none, 'source': none, 'window_start': 'timestamp', 'window_end': 'timestamp'} -%}
    {%- set columns = dict(known, **more) -%}
    {%- set windows = worklist()[noted] if execute else [] -%}
    {%- for window in windows or [none] %}
    select
        {%- for name, type in columns.items() %}
        cast({{ "'" ~ window[name] ~ "'" if window else 'null' }} as {{ type or dbt.type_string() }}) as {{ name }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    {{ 'where false' if not window }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
