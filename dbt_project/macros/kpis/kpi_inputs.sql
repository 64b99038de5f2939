{# What one simple metric asks of a fact: {column, measure, agg, percentile, expr, unit, is_unknown_without_rows, is_balance,
   where, date_column, relation, semantic_model, step, dimensions, feeds}. Inputs of one fact and one date column share
   a step, so that a fact is read once per date column however many KPIs use it; a distinct count has a step
   of its own, because it is counted in two passes. #}
{% macro kpi_input(metric, measures) %}
    {%- set found = measures[metric.type_params.measure.name] -%}
    {%- set measure, semantic_model = found.measure, found.semantic_model -%}
    {%- do check_kpi_measure(metric, measure, semantic_model) -%}
    {%- set date_basis = measure.agg_time_dimension or semantic_model.defaults.agg_time_dimension -%}
    {%- set dimensions = {} -%}
    {%- for element in semantic_model.entities + semantic_model.dimensions
        if element.type in ['foreign', 'categorical'] -%}
        {%- do dimensions.update({element.name: element.expr or element.name}) -%}
    {%- endfor -%}
    {{ return({
        'column': metric.name,
        'measure': measure.name,
        'agg': 'percentile' if measure.agg == 'median' else measure.agg,
        'percentile': 0.5 if measure.agg == 'median' else (measure.agg_params or {}).get('percentile'),
        'expr': measure.expr or measure.name,
        'unit': measure.config.meta.unit,
        'is_unknown_without_rows': measure.config.meta.get('without_rows') == 'unknown',
        'is_balance': measure.non_additive_dimension is not none and measure.non_additive_dimension is defined,
        'where': semantic_filter(metric, semantic_model),
        'date_column': semantic_column(semantic_model, date_basis),
        'relation': semantic_model.node_relation.alias,
        'semantic_model': semantic_model.name,
        'step': semantic_model.name ~ '_by_' ~ date_basis ~ ('_of_' ~ measure.name if measure.agg == 'count_distinct' else ''),
        'dimensions': dimensions,
        'feeds': semantic_model.config.meta.feeds,
    }) }}
{% endmacro %}


{# Steps by name: {name, relation, date_column, feeds, inputs, slices, counted}; slices map a dimension to its
   column; `counted` is what a step of distinct counts identifies, none for the others. #}
{% macro kpi_steps(kpis) %}
    {%- set steps = {} -%}
    {%- for kpi in kpis -%}
        {%- for input in kpi.inputs -%}
            {%- set step = steps.setdefault(input.step, {
                'name': input.step, 'relation': input.relation, 'date_column': input.date_column,
                'semantic_model': input.semantic_model, 'feeds': input.feeds, 'inputs': {},
                'slices': {}, 'counted': input.expr if input.agg == 'count_distinct' else none,
            }) -%}
            {%- do step.inputs.update({input.column: input}) -%}
            {%- for slice in kpi.meta.slices -%}
                {%- do step.slices.update({slice: input.dimensions[slice]}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(steps.values() | sort(attribute='name')) }}
{% endmacro %}


{# One step per fact and date column. #}
{% macro kpi_date_bases(kpis) %}
    {%- set steps = {} -%}
    {%- for step in kpi_steps(kpis) -%}
        {%- do steps.setdefault(step.relation ~ ' ' ~ step.date_column, step) -%}
    {%- endfor -%}
    {{ return(steps.values() | list) }}
{% endmacro %}


{# The fact a step reads. #}
{% macro kpi_fact(step) %}
    {%- if step.relation not in kpi_fact_names() + kpi_progress_fact_names() -%}
        {{ exceptions.raise_compiler_error(
            "semantic model `" ~ step.semantic_model ~ "` stands on `" ~ step.relation
            ~ "`, which the macro kpi_fact_names does not name; add it in macros/kpis/semantic_layer.sql"
        ) }}
    {%- endif -%}
    {{ return(ref(step.relation)) }}
{% endmacro %}


{# What a slice shows for rows without a value: a member like any other, so that slices of a sum add up
   to its total. #}
{% macro kpi_member(column) -%}
    coalesce(cast({{ column }} as {{ dbt.type_string() }}), 'unknown')
{%- endmacro %}


{# Business dates of the rows that this build will replace, by every date column that a KPI uses. #}
{% macro kpi_dates_of_rows_to_replace(kpis) %}
    {%- for step in kpi_date_bases(kpis) if is_built_by_event_date(step.relation) and current_mart(step.relation) %}
    select {{ step.date_column }} as kpi_date
    from {{ current_mart(step.relation) }}
    where {{ is_rebuilt(step.relation) }}
    union all
    {%- endfor %}
    select cast(null as date) as kpi_date where false
{% endmacro %}


{# Business dates of the rows that this build has put into the facts it replaces by event dates, by every
   date column that a KPI uses. #}
{% macro kpi_dates_of_rebuilt_rows(kpis) %}
    {%- for step in kpi_date_bases(kpis) if is_built_by_event_date(step.relation) %}
    select {{ step.date_column }} as kpi_date
    from {{ kpi_fact(step) }}
    where {{ is_rebuilt(step.relation) }}
    union all
    {%- endfor %}
    select cast(null as date) as kpi_date where false
{% endmacro %}


{# Fingerprint of each date in the facts that are built whole, by every date column that a KPI uses. #}
{% macro kpi_fact_days(kpis) %}
    {%- for step in kpi_date_bases(kpis) if not is_built_by_event_date(step.relation) %}
    select
        '{{ step.relation }}' as fact,
        '{{ step.date_column }}' as date_column,
        {{ step.date_column }} as kpi_date,
        count(*) as rows_there,
        {{ sum_of_fingerprints('facts') }} as fingerprint
    from {{ kpi_fact(step) }} as facts
    group by {{ step.date_column }}
    union all
    {%- endfor %}
    select
        cast(null as {{ dbt.type_string() }}) as fact,
        cast(null as {{ dbt.type_string() }}) as date_column,
        cast(null as date) as kpi_date,
        cast(null as bigint) as rows_there,
        {{ sum_of_fingerprints('nothing') }} as fingerprint
    from (select 1 as one) as nothing
    where false
    group by one
{% endmacro %}
