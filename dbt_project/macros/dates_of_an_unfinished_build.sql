{# The dates a build that broke off had noted, or no row; none in a unit test. #}
{% macro dates_of_an_unfinished_build() %}
    {%- set noted = load_relation(this) if execute and model.config.materialized != 'unit' else none -%}
    {%- if noted is not none and not worklist().previous_build_finished -%}
    select kpi_date from {{ noted }}
    {%- else -%}
    select cast(null as date) as kpi_date where false
    {%- endif -%}
{% endmacro %}
