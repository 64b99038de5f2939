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
        '{{ kpi.meta.missing_reason or "zero_denominator" }}' as empty_reason,
        {{ 'true' if kpi.meta.unit == 'money' else 'false' }} as is_money,
        {{ 'true' if kpi.is_progress else 'false' }} as is_progress,
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


{# Two steps per fact and clock. `<step>_rows`: what each row of the fact adds to each input, null where its
   filter leaves the row out. `<step>`: summed for each store and all stores, for the total and each slice,
   each from the rows themselves (R2). People are not counted here but taken from the model `people`, which is
   made by kpi_people: in one query with all the rest their counts do not fit into memory.

   `dates` is a CTE with a row per `kpi_date`, and per grain and period where a table is by periods; `key`
   are its columns that a row of the table is known by. #}
{% macro kpi_input_steps(kpis, dates, people=none, key=['kpi_date']) %}
store_days as (
    {{ kpi_store_days(kpis, dates, key) }}
),

    {%- for step in kpi_steps(kpis) %}
{%- if step.counted %}
{{ step.name }} as (
    {{ kpi_people_counted(step, people, key) }}
),
{%- else %}
{{ kpi_step_rows(step, key) }}

{{ step.name }} as (

    select
        {{ key | join(', ') }},
        coalesce(store_id, 'all') as store_id,
        {{ kpi_slice(step) }},
        {%- for input in step.inputs.values() %}
        {{ kpi_input_sum(input) | trim }} as {{ input.column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ step.name }}_rows
    group by grouping sets (
        ({{ key | join(', ') }}, store_id),
        {%- for slice in step.slices %}
        ({{ key | join(', ') }}, store_id, {{ slice }}_member),
        ({{ key | join(', ') }}, {{ slice }}_member),
        {%- endfor %}
        ({{ key | join(', ') }})
    )

),
{%- endif %}
    {%- endfor %}
{% endmacro %}


{# CTE `<step>_rows`, see above. #}
{% macro kpi_step_rows(step, key) %}
{{ step.name }}_rows as (

    select
        {%- for column in key %}
        store_days.{{ column }},
        {%- endfor %}
        store_id,
        {%- for slice, column in step.slices.items() %}
        {{ kpi_member(column) }} as {{ slice }}_member,
        {%- endfor %}
        {%- if step.counted %}
        {{ told_apart_by(step.counted) }} as person,
        {%- endif %}
        {%- for input in step.inputs.values() %}
        {{ kpi_input_row(input, by_period='kpi_date' not in key) | trim }}{{ ',' if not loop.last }}
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
{% endmacro %}


{# Which slice a group of a step's rows is: dimension and member. #}
{% macro kpi_slice(step) -%}
    {%- if step.slices -%}
    case
            {%- for slice in step.slices %}
            when grouping({{ slice }}_member) = 0 then '{{ slice }}'
            {%- endfor %}
            else 'all'
        end as dimension,
    {%- else -%}
    'all' as dimension,
    {%- endif %}
        coalesce({% for slice in step.slices %}{{ slice }}_member, {% endfor %}'all') as member
{%- endmacro %}


{# Days to be rebuilt of every store: which feeds cover them, and what its money is worth in reporting
   currency, null without a rate. Facts may reach beyond what is covered (an old order restated since);
   such days are not whole and count nowhere. #}
{% macro kpi_store_days(kpis, dates, key) %}
    {%- set feeds = [] -%}
    {%- for kpi in kpis -%}
        {%- do feeds.extend(kpi.feeds) -%}
    {%- endfor %}
    select
        stores.store_id as day_store_id,
        {{ dates }}.kpi_date as day_date,
        {%- for column in key %}
        {{ dates }}.{{ column }},
        {%- endfor %}
        {%- if 'kpi_date' not in key %}
        {{ dates }}.kpi_date = {{ dates }}.period_end as is_last_day,
        {%- endif %}
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
    group by
        stores.store_id,
        {{ dates }}.kpi_date
        {%- for column in key if column != 'kpi_date' %},
        {{ dates }}.{{ column }}
        {%- endfor %}
        {%- if 'kpi_date' not in key %},
        {{ dates }}.period_end
        {%- endif %}
{% endmacro %}


{# A balance (stock, open tickets) is what it is at a period's last day; its days do not add up. #}
{% macro kpi_input_row(input, by_period) %}
    {%- set conditions = [input.where, 'store_days.is_last_day' if by_period and input.is_balance] | select | list -%}
    {%- set where = ' when ' ~ (conditions | join(' and ') or 'true') -%}
    {%- if input.agg == 'count_distinct' -%}
        case{{ where }} then 1 end as {{ input.column }}
    {%- elif input.agg == 'count' -%}
        case{{ where }} then {{ input.expr }} end as {{ input.column }}
    {%- elif input.agg == 'sum_boolean' -%}
        case{{ where }} then case when {{ input.expr }} then 1 else 0 end end as {{ input.column }}
    {%- elif input.agg == 'percentile' -%}
        case{{ where }} then cast({{ input.expr }} as double) end as {{ input.column }}
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
    {%- set nothing = 'null' if input.is_unknown_without_rows else '0' -%}
    {%- if input.agg == 'count' -%}
        count({{ input.column }})
    {%- elif input.agg == 'percentile' -%}
        {{ percentile(input.column, input.percentile) }}
    {%- elif input.unit != 'money' -%}
        coalesce(sum({{ input.column }}), {{ nothing }})
    {%- else -%}
        case
            when grouping(store_id) = 0 then coalesce(sum({{ input.column }}), {{ nothing }})
            when count({{ input.column }}) = count({{ input.column }}_reporting)
                then coalesce(sum({{ input.column }}_reporting), {{ nothing }})
        end
    {%- endif -%}
{% endmacro %}


{# Each input's sum beside the points of the KPI table; 0 where the fact has no row for a point, except
   for a percentile, of nothing there is none, and where a measure says `without_rows: unknown`: what
   was not counted is not an empty shelf. #}
{% macro kpi_inputs_at(points, kpis, key=['kpi_date']) %}
    select
        {%- for column in key %}
        {{ points }}.{{ column }},
        {%- endfor %}
        {{ points }}.store_id,
        {{ points }}.dimension,
        {{ points }}.member
        {%- for step in kpi_steps(kpis) %}
        {%- for input in step.inputs.values() %},
        {%- if input.agg == 'percentile' or input.is_unknown_without_rows %}
        {{ step.name }}.{{ input.column }}
        {%- else %}
        case
            when {{ step.name }}.store_id is null then 0 else {{ step.name }}.{{ input.column }}
        end as {{ input.column }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}

    from {{ points }}
    {%- for step in kpi_steps(kpis) %}
    left join {{ step.name }}
        on
            {%- for column in key %}
            {{ points }}.{{ column }} = {{ step.name }}.{{ column }} and
            {%- endfor %}
            {{ points }}.store_id = {{ step.name }}.store_id
            and {{ points }}.dimension = {{ step.name }}.dimension
            and {{ points }}.member = {{ step.name }}.member
    {%- endfor %}
{% endmacro %}


{# `numerator` or `denominator` of each KPI, from the inputs beside it. #}
{% macro kpi_part(kpis, part) -%}
    {%- set found = kpis | selectattr(part) | list -%}
    cast(
        {% if found -%}
        case kpi
            {%- for kpi in found %}
            when '{{ kpi.name }}' then {{ kpi[part].sql }}
            {%- endfor %}
        end
        {%- else -%}
        null
        {%- endif %} as decimal(24, 4)
    )
{%- endmacro %}


{# Whether a KPI's numerator is of what has to be counted: without rows it is unknown, not 0. #}
{% macro kpi_is_counted(kpis) -%}
    {%- set found = [] -%}
    {%- for kpi in kpis if kpi.numerator.inputs | selectattr('is_unknown_without_rows') | list -%}
        {%- do found.append("'" ~ kpi.name ~ "'") -%}
    {%- endfor -%}
    kpi in ({{ found | join(', ') or "''" }})
{%- endmacro %}


{# Whether a KPI's row depends on others: a share on its total, that of all stores on each of them where one
   may be unknown. #}
{% macro kpi_looks_at_other_rows(kpis) -%}
    (kpi_kind = 'share' or {{ kpi_is_counted(kpis) }})
{%- endmacro %}


{# The percentile of each KPI that is one. #}
{% macro kpi_percentile(kpis) -%}
    {%- set found = kpis | selectattr('kind', 'equalto', 'percentile') | list -%}
    {%- if found -%}
    case kpi
        {%- for kpi in found %}
        when '{{ kpi.name }}' then {{ kpi.inputs[0].column }}
        {%- endfor %}
    end
    {%- else -%}
    cast(null as double)
    {%- endif -%}
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


{# The rows there have to be: each KPI where it is known (`known`: key, kpi, store_id), as a total and for
   every member its store has shown by the day `last_day`. Over CTEs `kpi_dimensions`, `members`, `stores`. #}
{% macro kpi_rows_expected(known, key, last_day) %}
    select
        {%- for column in key %}
        {{ known }}.{{ column }},
        {%- endfor %}
        {{ known }}.kpi,
        {{ known }}.store_id,
        members_with_total.dimension,
        members_with_total.member,
        kpi_dimensions.kpi_kind,
        kpi_dimensions.definition_id,
        kpi_dimensions.empty_reason,
        kpi_dimensions.is_progress,
        case
            when kpi_dimensions.is_money and {{ known }}.store_id = 'all'
                then '{{ var("reporting_currency") }}'
            when kpi_dimensions.is_money then stores.currency
        end as currency

    from {{ known }}
    inner join kpi_dimensions
        on {{ known }}.kpi = kpi_dimensions.kpi
    inner join (
        select
            store_id,
            dimension,
            member,
            first_day
        from members
        union all
        select distinct
            store_id,
            'all' as dimension,
            'all' as member,
            cast('1900-01-01' as date) as first_day
        from {{ known }}
    ) as members_with_total
        on
            {{ known }}.store_id = members_with_total.store_id
            and kpi_dimensions.dimension = members_with_total.dimension
            and {{ known }}.{{ last_day }} >= members_with_total.first_day
    left join stores
        on {{ known }}.store_id = stores.store_id
{% endmacro %}


{# CTE `kpi_values`: the rows of the CTE `expected` with numerator, denominator and value, from the steps of
   `kpi_input_steps`. #}
{% macro kpi_value_steps(kpis, expected, key=['kpi_date']) %}
points as (

    select distinct
        {{ key | join(', ') }},
        store_id,
        dimension,
        member
    from {{ expected }}

),

inputs as (
    {{ kpi_inputs_at('points', kpis, key) }}
),

kpi_parts as (

    select
        {{ expected }}.*,
        {{ kpi_part(kpis, 'numerator') }} as numerator,
        {{ kpi_part(kpis, 'denominator') }} as denominator,
        {{ kpi_percentile(kpis) }} as percentile

    from {{ expected }}
    inner join inputs
        on
            {%- for column in key %}
            {{ expected }}.{{ column }} = inputs.{{ column }} and
            {%- endfor %}
            {{ expected }}.store_id = inputs.store_id
            and {{ expected }}.dimension = inputs.dimension
            and {{ expected }}.member = inputs.member

),

-- Most KPIs are what their own row says; putting all of them in order for the few that
-- look at other rows would take more memory than all the rest.
kpi_parts_of_totals as (

    select
        kpi_parts.* {{ except_columns(['denominator']) }},
        denominator,
        1 as stores_known,
        0 as stores_unknown
    from kpi_parts
    where not {{ kpi_looks_at_other_rows(kpis) }}
    union all
    select
        kpi_parts.* {{ except_columns(['denominator']) }},
        case
            when kpi_kind = 'share'
                then max(case when dimension = 'all' then denominator end) over (
                    partition by {{ key | join(', ') }}, kpi, store_id
                )
            else denominator
        end as denominator,
        count(case when store_id <> 'all' then numerator end) over (
            partition by {{ key | join(', ') }}, kpi, dimension, member
        ) as stores_known,
        count(case when store_id <> 'all' and numerator is null then 1 end) over (
            partition by {{ key | join(', ') }}, kpi, dimension, member
        ) as stores_unknown
    from kpi_parts
    where {{ kpi_looks_at_other_rows(kpis) }}

),

-- What one store did not count, all stores together do not know.
kpi_parts_known as (

    select
        kpi_parts_of_totals.* {{ except_columns(['numerator']) }},
        case
            when
                store_id = 'all' and dimension = 'all' and stores_unknown > 0
                and {{ kpi_is_counted(kpis) }}
                then null
            else numerator
        end as numerator
    from kpi_parts_of_totals

),

kpi_quotients as (

    select
        *,
        case
            when kpi_kind in ('ratio', 'share')
                then
                    cast(numerator as double)
                    / nullif(cast(denominator as double), 0)
            when kpi_kind = 'percentile' then percentile
            else cast(numerator as double)
        end as value
    from kpi_parts_known

),

-- A number that is not there says why (a target that was never set is not 0 %).
kpi_values_with_reason as (

    select
        *,
        case
            when value is not null then null
            when kpi_kind = 'percentile' then 'no_rows'
            when denominator = 0 then empty_reason
            when kpi_kind in ('sum', 'balance') and empty_reason <> 'zero_denominator' then empty_reason
            when store_id <> 'all' or stores_known = 0 then 'no_rows'
            when stores_unknown > 0 and {{ kpi_is_counted(kpis) }} then 'no_rows'
            else 'no_exchange_rate'
        end as missing_reason
    from kpi_quotients

),

kpi_values as (

    select
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        missing_reason,
        currency,
        definition_id,
        {{ key | join(', ') }}
    from kpi_values_with_reason

)
{% endmacro %}
