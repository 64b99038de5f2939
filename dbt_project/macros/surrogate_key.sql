{# One text key out of several columns. A null part differs from any text, and no part can end another: a text's
   own `|` and `\` are written with a `\` before them, so is the text `_null_`. #}
{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append(escaped_key_part('cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')')) -%}
        {%- if not loop.last -%}{%- do parts.append("'|'") -%}{%- endif -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{%- endmacro %}


{# chr(92) is the backslash: engines do not agree on how a literal writes it. #}
{% macro escaped_key_part(text) -%}
    {%- set backslash = 'chr(92)' -%}
    coalesce(
        case
            when {{ text }} = '_null_' then {{ dbt.concat([backslash, text]) }}
            else replace(
                replace({{ text }}, {{ backslash }}, {{ dbt.concat([backslash, backslash]) }}),
                '|', {{ dbt.concat([backslash, "'|'"]) }}
            )
        end,
        '_null_'
    )
{%- endmacro %}
