{# What each KPI is sliced by, the total among it. #}
{% macro kpi_dimension_rows(kpis) %}
    {%- set rows = [] -%}
    {%- for kpi in kpis -%}
        {%- for dimension in ['all'] + kpi.meta.slices -%}
            {%- do rows.append([kpi, dimension]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for kpi, dimension in rows %}
    select
        '{{ kpi.name }}' as kpi,
        '{{ kpi.kind }}' as kpi_kind,
        '{{ kpi.definition_id }}' as definition_id,
        {{ 'true' if kpi.meta.unit == 'money' else 'false' }} as is_money,
        '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# Which feeds each KPI is made of. #}
{% macro kpi_feed_rows(kpis) %}
    {%- set rows = [] -%}
    {%- for kpi in kpis -%}
        {%- for feed in kpi.feeds -%}
            {%- do rows.append([kpi, feed]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for kpi, feed in rows %}
    select
        '{{ kpi.name }}' as kpi,
        '{{ feed }}' as feed,
        {{ kpi.feeds | length }} as feeds_needed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# Two steps per fact and clock. `<step>_rows`: what each row of the fact adds to each input, null where
   its filter leaves the row out. `<step>`: summed for each store and all stores, for the total and each
   slice, each from the rows themselves, so that distinct counts are right at every grain (R2). #}
{% macro kpi_input_steps(kpis, dates) %}
store_days as (
    {{ kpi_store_days(kpis, dates) }}
),

    {%- for step in kpi_steps(kpis) %}
{{ step.name }}_rows as (

    select
        {{ step.clock }} as kpi_date,
        store_id,
        {%- for slice, column in step.slices.items() %}
        {{ kpi_member(column) }} as {{ slice }}_member,
        {%- endfor %}
        {%- for input in step.inputs.values() %}
        {{ kpi_input_row(input) | trim }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ kpi_fact(step) }}
    inner join store_days
        on
            store_id = store_days.day_store_id
            and {{ step.clock }} = store_days.day_date
    where
        {%- for feed in step.feeds %}
        {{ 'and ' if not loop.first }}store_days.{{ feed }}_covered
        {%- endfor %}

),

{{ step.name }} as (

    select
        kpi_date,
        coalesce(store_id, 'all') as store_id,
        {%- if step.slices %}
        case
            {%- for slice in step.slices %}
            when grouping({{ slice }}_member) = 0 then '{{ slice }}'
            {%- endfor %}
            else 'all'
        end as dimension,
        {%- else %}
        'all' as dimension,
        {%- endif %}
        coalesce({% for slice in step.slices %}{{ slice }}_member, {% endfor %}'all') as member,
        {%- for input in step.inputs.values() %}
        {{ kpi_input_sum(input) | trim }} as {{ input.column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ step.name }}_rows
    group by grouping sets (
        (kpi_date, store_id),
        {%- for slice in step.slices %}
        (kpi_date, store_id, {{ slice }}_member),
        (kpi_date, {{ slice }}_member),
        {%- endfor %}
        (kpi_date)
    )

),
    {%- endfor %}
{% endmacro %}


{# Days to be rebuilt of every store: which feeds cover them, and what its money is worth in reporting
   currency, null without a rate. Facts may reach beyond what is covered (an old order restated since);
   such days are not whole and count nowhere. #}
{% macro kpi_store_days(kpis, dates) %}
    {%- set feeds = [] -%}
    {%- for kpi in kpis -%}
        {%- do feeds.extend(kpi.feeds) -%}
    {%- endfor %}
    select
        stores.store_id as day_store_id,
        {{ dates }}.kpi_date as day_date,
        {%- for feed in feeds | unique | sort %}
        max(case when feed_spans.feed = '{{ feed }}' then 1 else 0 end) = 1
            as {{ feed }}_covered,
        {%- endfor %}
        max(exchange_rates.rate) as reporting_rate

    from {{ dates }}
    inner join {{ ref('int_feed_spans') }} as feed_spans
        on {{ dates }}.kpi_date between feed_spans.first_day and feed_spans.last_day
    inner join {{ ref('dim_stores') }} as stores
        on feed_spans.store_id = stores.store_id
    left join {{ ref('int_exchange_rates') }} as exchange_rates
        on
            stores.currency = exchange_rates.currency
            and {{ dates }}.kpi_date >= exchange_rates.valid_from
            and {{ dates }}.kpi_date < exchange_rates.valid_to
    group by stores.store_id, {{ dates }}.kpi_date
{% endmacro %}


{% macro kpi_input_row(input) %}
    {%- set where = ' when ' ~ input.where if input.where else ' when true' -%}
    {%- if input.agg in ['count', 'count_distinct'] -%}
        case{{ where }} then {{ input.expr }} end as {{ input.column }}
    {%- elif input.agg == 'sum_boolean' -%}
        case{{ where }} then case when {{ input.expr }} then 1 else 0 end end as {{ input.column }}
    {%- else -%}
        {#- decimals, because the order in which engines add doubles changes the last digit -#}
        case{{ where }} then cast({{ input.expr }} as decimal(24, 6)) end as {{ input.column }}
    {%- endif -%}
    {%- if input.unit == 'money' -%}
        ,
        case{{ where }} then cast(round(({{ input.expr }}) * reporting_rate, 2) as decimal(24, 6)) end
            as {{ input.column }}_reporting
    {%- endif -%}
{% endmacro %}


{# All stores together are summed in reporting currency; one row without a rate makes that sum unknown,
   not smaller (R4). #}
{% macro kpi_input_sum(input) %}
    {%- if input.agg == 'count' -%}
        count({{ input.column }})
    {%- elif input.agg == 'count_distinct' -%}
        count(distinct {{ input.column }})
    {%- elif input.unit != 'money' -%}
        coalesce(sum({{ input.column }}), 0)
    {%- else -%}
        case
            when grouping(store_id) = 0 then coalesce(sum({{ input.column }}), 0)
            when count({{ input.column }}) = count({{ input.column }}_reporting)
                then coalesce(sum({{ input.column }}_reporting), 0)
        end
    {%- endif -%}
{% endmacro %}


{# Each input's sum beside the points of the KPI table; 0 where the fact has no row for a point. #}
{% macro kpi_inputs_at(points, kpis) %}
    select
        {{ points }}.kpi_date,
        {{ points }}.store_id,
        {{ points }}.dimension,
        {{ points }}.member,
        {%- for step in kpi_steps(kpis) %}
        {%- set last_step = loop.last %}
        {%- for input in step.inputs.values() %}
        case
            when {{ step.name }}.kpi_date is null then 0 else {{ step.name }}.{{ input.column }}
        end as {{ input.column }}{{ ',' if not (last_step and loop.last) }}
        {%- endfor %}
        {%- endfor %}

    from {{ points }}
    {%- for step in kpi_steps(kpis) %}
    left join {{ step.name }}
        on
            {{ points }}.kpi_date = {{ step.name }}.kpi_date
            and {{ points }}.store_id = {{ step.name }}.store_id
            and {{ points }}.dimension = {{ step.name }}.dimension
            and {{ points }}.member = {{ step.name }}.member
    {%- endfor %}
{% endmacro %}


{# `numerator` or `denominator` of each KPI, from the inputs beside it. #}
{% macro kpi_part(kpis, part) -%}
    cast(
        case kpi
            {%- for kpi in kpis if kpi[part] %}
            when '{{ kpi.name }}' then {{ kpi[part].sql }}
            {%- endfor %}
        end as decimal(24, 4)
    )
{%- endmacro %}


{# The first day on which a store shows a member of a dimension, in any input of any KPI. #}
{% macro kpi_member_first_days(kpis) %}
    {%- set selects = [] -%}
    {%- for step in kpi_steps(kpis) -%}
        {%- for slice, column in step.slices.items() -%}
            {%- do selects.append(kpi_member_select(step, slice, column)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n') }}
{% endmacro %}


{% macro kpi_member_select(step, slice, column) %}
    {%- set wheres = step.inputs.values() | map(attribute='where') | list %}
    select
        store_id,
        '{{ slice }}' as dimension,
        {{ kpi_member(column) }} as member,
        min({{ step.clock }}) as first_day
    from {{ kpi_fact(step) }}
    where
        {{ step.clock }} is not null
        {%- if none not in wheres %}
        and ({{ wheres | unique | join(' or ') }})
        {%- endif %}
    group by store_id, {{ kpi_member(column) }}
{% endmacro %}
