{# What data tests check. The rows of a fact that a build did not replace are as the build left them that
   tested them. So where a test checks each row by itself, only the rebuilt days of a fact replaced by event
   dates are checked: on a year of history that is a tenth of the time. #}


{# dbt hands this to every generic test as its table. Other tests check all rows: a row that was moved may
   stand on two days, and what a row refers to may have gone although the row stayed. #}
{% macro default__get_where_subquery(relation) %}
    {%- set conditions = [config.get('where')] | select | list -%}
    {%- set is_row_test = model.test_metadata.name in ['holds', 'accepted_values'] -%}
    {%- if execute and is_row_test and is_replaced_in_part(relation.identifier) -%}
        {%- do conditions.append(is_rebuilt(relation.identifier)) -%}
    {%- endif -%}
    {%- if conditions -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as rows_to_test') }}
    {%- endif -%}
    {{ return(relation) }}
{% endmacro %}


{# dbt's own, but only for the keys of rebuilt rows: a key that is twice there now was written now. #}
{% test unique(model, column_name) %}
    select
        {{ column_name }} as unique_field,
        count(*) as n_records
    from {{ model }}
    where
        {{ column_name }} is not null
        {%- if execute and is_replaced_in_part(model.identifier) %}
        and {{ column_name }} in (select {{ column_name }} from {{ model }} where {{ is_rebuilt(model.identifier) }})
        {%- endif %}
    group by {{ column_name }}
    having count(*) > 1
{% endtest %}


{# Whether this build replaces some days of a fact and leaves the others. #}
{% macro is_replaced_in_part(name) %}
    {{ return(name in worklist().facts and not worklist().full) }}
{% endmacro %}


{# For tests that check rows of one date in the KPI tables and nowhere else: whether this build published it again. #}
{% macro is_republished(kpi_date='kpi_date') %}
    {%- do ref('int_kpi_dates_published') -%}
    {%- if not execute or worklist().full -%}
        true
    {%- else -%}
        {{ kpi_date }} in (select dates.kpi_date from {{ ref('int_kpi_dates_published') }} as dates)
    {%- endif -%}
{% endmacro %}
