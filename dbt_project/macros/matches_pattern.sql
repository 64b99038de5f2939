{# True when a regular expression is found anywhere in a text, whatever its case. #}
{% macro matches_pattern(text, pattern) -%}
    {{ adapter.dispatch('matches_pattern', 'storepulse')(text, pattern) }}
{%- endmacro %}


{% macro duckdb__matches_pattern(text, pattern) -%}
    regexp_matches({{ text }}, {{ pattern }}, 'i')
{%- endmacro %}


{% macro spark__matches_pattern(text, pattern) -%}
    ({{ text }} rlike concat('(?i)', {{ pattern }}))
{%- endmacro %}
