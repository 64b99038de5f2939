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
        '{{ kpi.meta.missing_reason or "no_rows" }}' as empty_reason,
        {{ 'true' if kpi.meta.unit == 'money' else 'false' }} as is_money,
        {%- for part in ['numerator', 'denominator'] %}
        {%- set inputs = kpi.inputs if kpi.kind == 'share' else (kpi[part] or {'inputs': []}).inputs %}
        {{ 'true' if inputs | selectattr('unit', 'equalto', 'money') | list else 'false' }} as {{ part }}_is_money,
        {{ 'true' if inputs | selectattr('is_balance') | list else 'false' }} as {{ part }}_is_balance,
        {%- endfor %}
        {{ 'true' if kpi.is_progress else 'false' }} as is_progress,
        '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# Which feeds each KPI is made of, and whether all that it is made of stands on the feed: what is known of a part
   of the feed is then a part of the KPI, and otherwise one side of it. #}
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
        {%- set standing = [] -%}
        {%- for input in kpi.inputs if feed in input.feeds -%}
            {%- do standing.append(input) -%}
        {%- endfor %}
        {{ 'true' if standing | length == kpi.inputs | length else 'false' }} as is_in_all_of_it,
        {{ kpi.feeds | length }} as feeds_needed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# Two steps per fact and date column. `<step>_rows`: what each row of the fact adds to each input, null where its
   filter leaves the row out. `<step>`: summed for each store, for the total and each slice, each from the rows
   themselves (R2); where there is a percentile, which cannot be had from the stores', for all of them as well.
   People are not counted here but taken from the model `people`, which is made by kpi_people: in one query with
   all the rest their counts do not fit into memory.

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
        {%- set percentiles = step.inputs.values() | selectattr('agg', 'equalto', 'percentile') | list %}
        {%- for slice in step.slices %}
        ({{ key | join(', ') }}, store_id, {{ slice }}_member),
        {%- if percentiles %}
        ({{ key | join(', ') }}, {{ slice }}_member),
        {%- endif %}
        {%- endfor %}
        {%- if percentiles %}
        ({{ key | join(', ') }}),
        {%- endif %}
        ({{ key | join(', ') }}, store_id)
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
        {{ identity_hash(step.counted) }} as person,
        {%- endif %}
        {%- for input in step.inputs.values() %}
        {{ kpi_input_row(input, by_period='kpi_date' not in key) | trim }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ kpi_fact(step) }}
    inner join store_days
        on
            store_id = store_days.day_store_id
            and {{ step.date_column }} = store_days.day_date
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
{% endmacro %}


{% macro kpi_input_sum(input) %}
    {%- if input.agg == 'count' -%}
        count({{ input.column }})
    {%- elif input.agg == 'percentile' -%}
        {{ percentile(input.column, input.percentile) }}
    {%- else -%}
        coalesce(sum({{ input.column }}), {{ 'null' if input.is_unknown_without_rows else '0' }})
    {%- endif -%}
{% endmacro %}


{# Each input's sum at the points of the KPI table; 0 where the fact has no row for a point, except for a
   percentile, because nothing has none, and where a measure has `without_rows: unknown`: what was not
   counted is not an empty shelf. #}
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


{# `numerator` or `denominator` of each KPI, from its inputs. #}
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
        min({{ step.date_column }}) as first_day
    from {{ kpi_fact(step) }}
    where
        {{ step.date_column }} is not null
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
        kpi_dimensions.numerator_is_money,
        kpi_dimensions.numerator_is_balance,
        kpi_dimensions.denominator_is_money,
        kpi_dimensions.denominator_is_balance,
        {{ known }}.stores_expected,
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
   `kpi_input_steps`. All stores together are the sum of the stores, so that they can be recomputed from them:
   those of them of which both sides are known (`stores_counted`), money at the rate of each day and rounded once.
   `day_parts` is a CTE with the stores' rows day by day where a row is of more than one day. #}
{% macro kpi_value_steps(kpis, expected, key=['kpi_date'], day_parts=none) %}
points as (

    select distinct
        {{ key | join(', ') }},
        store_id,
        dimension,
        member
    from {{ expected }}
    where store_id <> 'all' or kpi_kind = 'percentile'

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
    where {{ expected }}.store_id <> 'all' or {{ expected }}.kpi_kind = 'percentile'

),

-- While a report is missing, 0 means nothing reported, and a part cannot be compared
-- with a whole.
kpi_parts_with_reason as (

    select
        *,
        case
            when is_not_captured then 'not_captured'
            when is_awaited and (is_one_sided or coalesce(denominator, numerator, 0) = 0)
                then 'not_reported'
        end as unreported_reason
    from kpi_parts

),

kpi_parts_known as (

    select
        kpi_parts_with_reason.* {{ except_columns(['numerator', 'denominator', 'percentile']) }},
        case when unreported_reason is null then numerator end as numerator,
        case when unreported_reason is null then denominator end as denominator,
        case when unreported_reason is null then percentile end as percentile,
        unreported_reason is null
        and (numerator is not null or kpi_kind = 'percentile')
        and (denominator is not null or kpi_kind <> 'ratio') as is_counted
    from kpi_parts_with_reason

),

{{ kpi_all_stores_steps(expected, key, day_parts) }}

kpi_rows as (
    {%- for rows, counted in {'kpi_parts_known': 'null as ', 'kpi_parts_of_all': ''}.items() %}
    {{ 'union all' if not loop.first }}
    select
        {{ key | join(', ') }},
        kpi,
        store_id,
        dimension,
        member,
        kpi_kind,
        empty_reason,
        definition_id,
        currency,
        numerator,
        denominator,
        percentile,
        unreported_reason,
        {{ counted }}stores_counted,
        {{ counted }}stores_expected
    from {{ rows }}
    where {{ "store_id <> 'all'" if loop.first else "store_id = 'all'" }}
    {%- endfor %}

),

-- A share is divided by the total that it is a part of.
kpi_rows_of_totals as (

    select
        kpi_rows.* {{ except_columns(['denominator']) }},
        case
            when kpi_rows.kpi_kind = 'share' then totals.denominator
            else kpi_rows.denominator
        end as denominator
    from kpi_rows
    left join kpi_rows as totals
        on
            kpi_rows.kpi_kind = 'share'
            and totals.kpi_kind = 'share'
            and totals.dimension = 'all'
            {%- for column in key + ['kpi', 'store_id'] %}
            and kpi_rows.{{ column }} = totals.{{ column }}
            {%- endfor %}

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
    from kpi_rows_of_totals

),

-- A missing number has a reason: a target that was never set is not 0 %.
kpi_values as (

    select
        kpi,
        store_id,
        dimension,
        member,
        numerator,
        denominator,
        value,
        case
            when value is not null then null
            when unreported_reason is not null then unreported_reason
            when kpi_kind = 'percentile' then 'no_rows'
            when denominator = 0 then 'zero_denominator'
            when stores_counted > 0 then 'no_exchange_rate'
            else empty_reason
        end as missing_reason,
        currency,
        definition_id,
        cast(stores_counted as integer) as stores_counted,
        cast(stores_expected as integer) as stores_expected,
        {{ key | join(', ') }}
    from kpi_quotients

)
{% endmacro %}


{# CTE `kpi_parts_of_all`: the rows of all stores, out of `kpi_parts_known`. #}
{% macro kpi_all_stores_steps(expected, key, day_parts) %}
{%- set row_key = key + ['kpi', 'dimension', 'member'] -%}
totals_counted as (

    select
        {{ key | join(', ') }},
        kpi,
        store_id
    from kpi_parts_known
    where is_counted and dimension = 'all' and store_id <> 'all'

),

stores_together as (

    select
        {%- for column in row_key %}
        known.{{ column }},
        {%- endfor %}
        count(case when known.is_counted then 1 end) as rows_counted,
        count(totals_counted.store_id) as rows_of_totals_counted,
        max(known.unreported_reason) as unreported_reason,
        sum(case when known.is_counted then known.numerator end) as numerator,
        sum(case when known.is_counted then known.denominator end) as denominator

    from kpi_parts_known as known
    left join totals_counted
        on
            {%- for column in key + ['kpi', 'store_id'] %}
            known.{{ column }} = totals_counted.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    where known.store_id <> 'all'
    group by
        {%- for column in row_key %}
        known.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

),

-- A store that never had anything of a slice counts with 0 when another has.
stores_together_with_totals as (

    select
        *,
        case
            when rows_counted > 0
                then
                    rows_counted - rows_of_totals_counted
                    + max(case when dimension = 'all' then rows_counted end) over (
                        partition by {{ key | join(', ') }}, kpi
                    )
            else 0
        end as stores_counted
    from stores_together

),

money_of_stores as (

    select
        {%- for column in key %}
        known.{{ column }},
        {%- endfor %}
        known.kpi,
        known.dimension,
        known.member,
        store_days.day_date,
        store_days.reporting_rate,
        {%- for part in ['numerator', 'denominator'] %}
        {%- if day_parts %}
        case when not known.{{ part }}_is_balance or days.is_last_day then days.{{ part }} end
        {%- else %}
        known.{{ part }}
        {%- endif %} as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}

    from kpi_parts_known as known
    {%- if day_parts %}
    inner join {{ day_parts }} as days
        on
            {%- for column in row_key + ['store_id'] %}
            known.{{ column }} = days.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    {%- endif %}
    inner join store_days
        on
            known.store_id = store_days.day_store_id
            {%- for column in key %}
            and known.{{ column }} = store_days.{{ column }}
            {%- endfor %}
            {%- if day_parts %}
            and days.kpi_date = store_days.day_date
            {%- endif %}
    where
        known.store_id <> 'all'
        and known.is_counted
        and (known.numerator_is_money or known.denominator_is_money)

),

-- One amount without a rate makes the sum unknown, not smaller (R4).
money_of_days as (

    select
        {{ row_key | join(', ') }},
        day_date,
        {%- for part in ['numerator', 'denominator'] %}
        round(sum({{ part }} * reporting_rate), 2) as {{ part }},
        count(case when {{ part }} <> 0 and reporting_rate is null then 1 end) as {{ part }}_unknown
        {{- ',' if not loop.last }}
        {%- endfor %}
    from money_of_stores
    group by {{ row_key | join(', ') }}, day_date

),

money_together as (

    select
        {{ row_key | join(', ') }},
        {%- for part in ['numerator', 'denominator'] %}
        case when max({{ part }}_unknown) = 0 then coalesce(sum({{ part }}), 0) end as {{ part }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from money_of_days
    group by {{ row_key | join(', ') }}

),

kpi_parts_of_all as (

    select
        {{ expected }}.*,
        {%- for part in ['numerator', 'denominator'] %}
        case
            when {{ expected }}.kpi_kind = 'percentile' then of_all_rows.{{ part }}
            when {{ expected }}.{{ part }}_is_money then cast(money_together.{{ part }} as decimal(24, 4))
            else cast(together.{{ part }} as decimal(24, 4))
        end as {{ part }},
        {%- endfor %}
        of_all_rows.percentile,
        coalesce(together.stores_counted, 0) as stores_counted,
        case when together.stores_counted = 0 then together.unreported_reason end as unreported_reason

    from {{ expected }}
    left join stores_together_with_totals as together
        on
            {%- for column in row_key %}
            {{ expected }}.{{ column }} = together.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    left join money_together
        on
            {%- for column in row_key %}
            {{ expected }}.{{ column }} = money_together.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    left join kpi_parts_known as of_all_rows
        on
            of_all_rows.store_id = 'all'
            {%- for column in row_key %}
            and {{ expected }}.{{ column }} = of_all_rows.{{ column }}
            {%- endfor %}
    where {{ expected }}.store_id = 'all'

),
{% endmacro %}
