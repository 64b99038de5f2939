{# Every published KPI, read from the metrics and checked, in order of name. The one reader of the
   definitions: all SQL about KPIs is made from what this returns.

   Each is {name, area, label, description, meta, kind, numerator, denominator, feeds, is_progress, date_basis, definition_id};
   its area is the file it is written in; its date basis the columns that decide on which day something counts;
   numerator and denominator are {says, sql, inputs}: `says` is for people, `sql` is over the columns of
   the inputs, `inputs` are what has to be summed or counted (see kpi_inputs.sql). #}
{% macro kpi_definitions() %}
    {%- if execute and 'kpi_definitions' not in graph -%}
        {#- a dozen nodes ask: worked out once for a run of dbt, which is how long `graph` lives -#}
        {%- do graph.update({'kpi_definitions': kpi_definitions_read()}) -%}
    {%- endif -%}
    {{ return(graph.kpi_definitions if execute else []) }}
{% endmacro %}


{% macro kpi_definitions_read() %}
    {%- set kpis = [] -%}
    {%- set layer = semantic_layer() -%}
    {%- set measures = semantic_measures(layer) -%}
    {%- set metrics = {} -%}
    {%- for metric in layer.metrics -%}
        {%- do metrics.update({metric.name: metric}) -%}
    {%- endfor -%}
    {%- for metric in layer.metrics if metric.config.meta.get('published', true) -%}
        {%- do check_kpi_meta(metric) -%}
        {%- do kpis.append(kpi_definition(metric, metrics, measures)) -%}
    {%- endfor -%}
    {{ return(kpis) }}
{% endmacro %}


{# A metric's `config.meta`, with what most KPIs have in common; a metric states these only where it differs. #}
{% macro kpi_meta(metric) %}
    {{ return(dict(
        {'definition_version': 1, 'valid_from': '2000-01-01', 'alerts': 'none'}, **metric.config.meta
    )) }}
{% endmacro %}


{% macro kpi_definition(metric, metrics, measures) %}
    {%- set parts = kpi_parts(metric, metrics, measures) -%}
    {%- set inputs = parts.numerator.inputs + (parts.denominator or {'inputs': []}).inputs -%}
    {%- do check_kpi_inputs(metric, parts.numerator.inputs, inputs) -%}
    {%- do check_kpi_missing_reason(metric, (parts.denominator or parts.numerator).inputs) -%}
    {%- set feeds = [] -%}
    {%- for input in inputs -%}
        {%- for feed in input.feeds if feed not in feeds -%}
            {%- do feeds.append(feed) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set relations = inputs | map(attribute='relation') | list -%}
    {%- set of_progress = relations | select('in', kpi_progress_fact_names()) | list -%}
    {%- if of_progress -%}
        {%- do check_kpi_of_progress(
            metric, relations, of_progress, inputs | map(attribute='agg') | list
        ) -%}
    {%- endif -%}
    {{ return({
        'name': metric.name,
        'area': (metric.original_file_path or '').split('/')[-1].split('.')[0],
        'label': metric.label,
        'description': metric.description,
        'meta': kpi_meta(metric),
        'kind': parts.kind,
        'numerator': parts.numerator,
        'denominator': parts.denominator,
        'inputs': inputs,
        'feeds': feeds,
        'is_progress': of_progress | length > 0,
        'date_basis': inputs | map(attribute='date_column') | unique | list,
        'definition_id': kpi_definition_id(metric, parts, feeds),
    }) }}
{% endmacro %}


{# What is divided by what. A sum has no denominator; a ratio keeps both (R1); a distinct count and a
   percentile are kept apart because they must never be summed (R2), a balance because it must not be summed
   over days, a share because what it is divided by is the total's row and not its own. A percentile has no numerator; its
   denominator is the number of rows it was read off, so that too few rows can be seen (R14). #}
{% macro kpi_parts(metric, metrics, measures) %}
    {%- if metric.type == 'ratio' -%}
        {{ return({
            'kind': 'ratio',
            'numerator': kpi_amount(metrics[metric.type_params.numerator.name], metrics, measures),
            'denominator': kpi_amount(metrics[metric.type_params.denominator.name], metrics, measures),
        }) }}
    {%- endif -%}
    {%- if metric.type == 'simple' -%}
        {%- set input = kpi_input(metric, measures) -%}
        {%- if input.agg == 'average' -%}
            {{ return({
                'kind': 'ratio',
                'numerator': {'says': 'sum of ' ~ input.measure, 'sql': input.column,
                              'inputs': [input]},
                'denominator': {'says': 'count of ' ~ input.measure, 'sql': input.column ~ '_count',
                                'inputs': [dict(input, column=input.column ~ '_count', agg='count',
                                                unit='count')]},
            }) }}
        {%- elif input.agg == 'percentile' -%}
            {%- if metric.config.meta.min_denominator is none -%}
                {{ refuse_kpi(metric, "config.meta has no `min_denominator`; a percentile of a few rows "
                    ~ "says little") }}
            {%- endif -%}
            {{ return({
                'kind': 'percentile',
                'numerator': {'says': 'percentile ' ~ input.percentile ~ ' of ' ~ input.measure,
                              'sql': 'null', 'inputs': [input], 'percentile': input.percentile},
                'denominator': {'says': 'count of ' ~ input.measure, 'sql': input.column ~ '_count',
                                'inputs': [dict(input, column=input.column ~ '_count', agg='count',
                                                unit='count')]},
            }) }}
        {%- endif -%}
    {%- endif -%}
    {%- set amount = kpi_amount(metric, metrics, measures) -%}
    {%- set aggs = amount.inputs | map(attribute='agg') | list -%}
    {%- if metric.type == 'derived' and 'count_distinct' in aggs -%}
        {{ refuse_kpi(metric, "a sum of distinct counts counts people twice; name one measure that "
            ~ "counts them together") }}
    {%- endif -%}
    {%- set balances = amount.inputs | map(attribute='is_balance') | list -%}
    {%- if true in balances and false in balances -%}
        {{ refuse_kpi(metric, "it adds a balance, which is taken at a period's last day, to what is summed "
            ~ "over its days") }}
    {%- endif -%}
    {%- set kind = 'balance' if true in balances else 'sum' -%}
    {%- set kind = 'distinct' if 'count_distinct' in aggs else kind -%}
    {%- if metric.config.meta.get('share_of_total') -%}
        {%- do check_kpi_share(metric, kind) -%}
        {{ return({
            'kind': 'share',
            'numerator': amount,
            'denominator': dict(amount, says=amount.says ~ ' of all members', inputs=[]),
        }) }}
    {%- endif -%}
    {{ return({'kind': kind, 'numerator': amount, 'denominator': none}) }}
{% endmacro %}


{# A metric that is an amount: one measure, or amounts added and subtracted. #}
{% macro kpi_amount(metric, metrics, measures) %}
    {%- if metric.type == 'simple' -%}
        {%- set input = kpi_input(metric, measures) -%}
        {%- if input.agg in ['average', 'percentile'] -%}
            {{ refuse_kpi(metric, "an " ~ input.agg ~ " cannot be part of another KPI; use the metrics "
                ~ "it is made of (R1)") }}
        {%- endif -%}
        {{ return({'says': input.measure, 'sql': input.column, 'inputs': [input]}) }}
    {%- elif metric.type != 'derived' -%}
        {{ refuse_kpi(metric, "a " ~ metric.type ~ " metric cannot be part of another KPI or a KPI of "
            ~ "its own; expected simple or derived, or a ratio of those") }}
    {%- endif -%}
    {%- do check_kpi_expression(metric) -%}
    {%- set filled = namespace(sql=metric.type_params.expr) -%}
    {%- set inputs = [] -%}
    {%- for part in metric.type_params.metrics -%}
        {%- set amount = kpi_amount(metrics[part.name], metrics, measures) -%}
        {%- do inputs.extend(amount.inputs) -%}
        {%- set filled.sql = modules.re.sub(
            '(?<![A-Za-z0-9_.])' ~ (part.alias or part.name) ~ '(?![A-Za-z0-9_])', '(' ~ amount.sql ~ ')', filled.sql
        ) -%}
    {%- endfor -%}
    {{ return({'says': metric.type_params.expr, 'sql': filled.sql, 'inputs': inputs}) }}
{% endmacro %}
