{# Whether a version of a product was on sale at a moment, or just before it: by the days it was listed and delisted,
   and since the version's own change also by its status. The status of a first known version
   holds from then on; before, the product may have been on sale or not, and only dated facts count. #}
{% macro is_on_sale(version, changed_at, moment, just_before=false) -%}
    {%- set until, after = ('<', '>=') if just_before else ('<=', '>') -%}
    coalesce(
        ({{ version }}.status = 'live' or {{ version }}.{{ changed_at }} {{ after }} {{ moment }})
        and {{ version }}.listed_at {{ until }} {{ moment }}
        and ({{ version }}.delisted_at is null or {{ version }}.delisted_at {{ after }} {{ moment }}),
        false
    )
{%- endmacro %}
