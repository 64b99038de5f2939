{# The semantic layer as dbt parsed it: every metric and every semantic model, by name. It is a macro of
   its own so that a unit test can put a small layer in its place (dbt hides the graph from those). #}
{% macro semantic_layer() %}
    {{ return({
        'metrics': graph.metrics.values() | sort(attribute='name'),
        'semantic_models': graph.semantic_models.values() | sort(attribute='name'),
    }) }}
{% endmacro %}


{# Names of the facts that semantic models may stand on. dbt orders models by the refs it sees while it
   parses, when the graph is not there yet, so a new fact is named here as well. #}
{% macro kpi_fact_names() %}
    {{ return([
        'fct_orders',
        'fct_order_lines',
        'fct_refunds',
        'fct_sessions',
        'fct_stock_daily',
        'fct_competitor_prices',
        'fct_tickets',
        'fct_reviews',
        'fct_ads',
        'fct_budget_daily',
        'fct_promotion_daily',
        'fct_buyer_orders',
        'fct_buyer_refunds',
        'fct_repeat_buyer_daily',
        'fct_order_experiences',
        'fct_carts',
        'fct_checkouts',
        'fct_product_visit_daily',
        'fct_price_comparison_daily',
        'fct_shipments',
        'fct_order_fulfilment',
        'fct_backlog_daily',
        'fct_product_daily',
        'fct_reorder_points',
        'fct_refunded_goods',
        'fct_costs',
        'fct_cohort_margins',
        'fct_feed_daily',
        'fct_platform_gaps',
        'fct_feed_window_checks',
    ]) }}
{% endmacro %}


{# Facts made of KPI values. KPIs on them are counted in a second step, `int_kpi_days_of_progress`. #}
{% macro kpi_progress_fact_names() %}
    {{ return(['fct_target_daily', 'fct_kpi_restatements', 'fct_kpi_withdrawals']) }}
{% endmacro %}


{# Makes a model depend on every fact; which of them it reads is known when it runs. #}
{% macro wait_for_kpi_facts(of_progress=false) %}
    {%- if not execute -%}
        {%- for name in (kpi_progress_fact_names() if of_progress else kpi_fact_names()) -%}
            {%- do ref(name) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{# Measures by name, each with the semantic model it belongs to. #}
{% macro semantic_measures(layer) %}
    {%- set measures = {} -%}
    {%- for semantic_model in layer.semantic_models -%}
        {%- for measure in semantic_model.measures -%}
            {%- do measures.update(
                {measure.name: {'measure': measure, 'semantic_model': semantic_model}}
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(measures) }}
{% endmacro %}


{# The column or expression behind a dimension or entity of a semantic model; none if it has no such. #}
{% macro semantic_column(semantic_model, name) %}
    {%- for element in semantic_model.dimensions + semantic_model.entities -%}
        {%- if element.name == name -%}
            {{ return(element.expr or element.name) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}


{# MetricFlow's filter as plain SQL over the fact: `{{ Dimension('order__is_paid') }}` becomes the
   column of that dimension. None when nothing is filtered. #}
{% macro semantic_filter(metric, semantic_model) %}
    {%- set conditions = [] -%}
    {%- for filter in [metric.filter, metric.type_params.measure.filter] if filter -%}
        {%- for where in filter.where_filters -%}
            {%- do conditions.append(
                '(' ~ filter_as_sql(where.where_sql_template, metric, semantic_model) ~ ')'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ') if conditions else none) }}
{% endmacro %}


{% macro filter_as_sql(template, metric, semantic_model) %}
    {%- set pattern = "[{][{] *(?:Dimension|Entity)[(] *['\"](?:[a-z0-9_]+__)?([a-z0-9_]+)['\"] *[)] *[}][}]" -%}
    {%- set filled = namespace(sql=template | trim) -%}
    {%- for name in modules.re.findall(pattern, template) -%}
        {%- set column = semantic_column(semantic_model, name) -%}
        {%- if column is none -%}
            {{ refuse_kpi(metric, "its filter names `" ~ name ~ "`, which the semantic model `"
                ~ semantic_model.name ~ "` does not have; add the dimension there") }}
        {%- endif -%}
        {%- set filled.sql = modules.re.sub(pattern, column, filled.sql, 1) -%}
    {%- endfor -%}
    {%- if '{{' in filled.sql -%}
        {{ refuse_kpi(metric, "its filter may hold Dimension(...) and Entity(...) of one semantic "
            ~ "model only, got: " ~ template | trim) }}
    {%- endif -%}
    {{ return(filled.sql.split() | join(' ')) }}
{% endmacro %}


{# One voice for all that can be wrong with a definition. #}
{% macro refuse_kpi(metric, what) %}
    {{ exceptions.raise_compiler_error(
        "metric `" ~ metric.name ~ "` in " ~ metric.original_file_path ~ ": " ~ what
    ) }}
{% endmacro %}
