{# Distinct counts of people (or whatever a measure with `agg: count_distinct` counts): a row per key, store,
   dimension, member and input. Each person is put once per store and slice (`<step>_people`), with whether
   the row of any visit or order fulfils an input's filter, and then counted: to count again within
   each input takes three times as long. Nobody is the same person in two stores: all stores are their sum.
   `dates` and `key` as for kpi_input_steps. #}
{% macro kpi_people(kpis, dates, key=['kpi_date']) %}
{%- set steps = kpi_steps(kpis) | selectattr('counted') | list %}
store_days as (
    {{ kpi_store_days(kpis, dates, key) }}
),

    {%- for step in steps %}
{{ kpi_step_rows(step, key) }}

{{ step.name }}_people as (

    select
        {{ key | join(', ') }},
        store_id,
        {{ kpi_slice(step) }},
        person,
        {%- for input in step.inputs.values() %}
        max({{ input.column }}) as {{ input.column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ step.name }}_rows
    where person is not null
    group by grouping sets (
        {%- for slice in step.slices %}
        ({{ key | join(', ') }}, store_id, {{ slice }}_member, person),
        {%- endfor %}
        ({{ key | join(', ') }}, store_id, person)
    )

),

{{ step.name }} as (

    select
        {{ key | join(', ') }},
        store_id,
        dimension,
        member,
        {%- for input in step.inputs.values() %}
        count({{ input.column }}) as {{ input.column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ step.name }}_people
    group by {{ key | join(', ') }}, store_id, dimension, member

),
    {%- endfor %}

people as (
    {%- for step in steps %}
    {%- set last_step = loop.last %}
    {%- for input in step.inputs.values() %}
    select
        {{ key | join(', ') }},
        store_id,
        dimension,
        member,
        '{{ input.column }}' as input,
        {{ input.column }} as people
    from {{ step.name }}
    {{ 'union all' if not (last_step and loop.last) }}
    {%- endfor %}
    {%- else %}
    select
        {%- for column in key %}
        {{ dates }}.{{ column }},
        {%- endfor %}
        cast(null as {{ dbt.type_string() }}) as store_id,
        cast(null as {{ dbt.type_string() }}) as dimension,
        cast(null as {{ dbt.type_string() }}) as member,
        cast(null as {{ dbt.type_string() }}) as input,
        cast(null as bigint) as people
    from {{ dates }}
    where false
    {%- endfor %}
)
{% endmacro %}


{# The inputs of one step out of that. #}
{% macro kpi_people_counted(step, people, key) %}
    select
        {{ key | join(', ') }},
        store_id,
        dimension,
        member,
        {%- for column in step.inputs %}
        coalesce(max(case when input = '{{ column }}' then people end), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ people }}
    where input in ('{{ step.inputs.keys() | join("', '") }}')
    group by {{ key | join(', ') }}, store_id, dimension, member
{% endmacro %}


{# What identifies visitors or buyers: 64 bits of a hash, since keeping the texts takes four times the memory. Two of ten million are taken for one with a chance of 3 in a million; null stays null. #}
{% macro identity_hash(expression) -%}
    {{ adapter.dispatch('identity_hash', 'storepulse')(expression) }}
{%- endmacro %}


{% macro duckdb__identity_hash(expression) -%}
    case when ({{ expression }}) is not null then hash({{ expression }}) end
{%- endmacro %}


{% macro spark__identity_hash(expression) -%}
    case when ({{ expression }}) is not null then xxhash64({{ expression }}) end
{%- endmacro %}
