{# Every published KPI, read from the metrics and checked, in order of name. The one reader of the
   definitions: all SQL about KPIs is made from what this returns.

   Each is {name, label, description, meta, kind, numerator, denominator, feeds, definition_id};
   numerator and denominator are {says, sql, inputs}: `says` is for people, `sql` is over the columns of
   the inputs, `inputs` are what has to be summed or counted (see kpi_inputs.sql). #}
{% macro kpi_definitions() %}
    {%- set kpis = [] -%}
    {%- if execute -%}
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
    {%- endif -%}
    {{ return(kpis) }}
{% endmacro %}


{% macro kpi_definition(metric, metrics, measures) %}
    {%- set parts = kpi_parts(metric, metrics, measures) -%}
    {%- set inputs = parts.numerator.inputs + (parts.denominator or {'inputs': []}).inputs -%}
    {%- do check_kpi_inputs(metric, parts.numerator.inputs, inputs) -%}
    {%- set feeds = [] -%}
    {%- for input in inputs -%}
        {%- for feed in input.feeds if feed not in feeds -%}
            {%- do feeds.append(feed) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set numbers = {'parts': parts, 'unit': metric.config.meta.unit,
                       'slices': metric.config.meta.slices, 'feeds': feeds} -%}
    {{ return({
        'name': metric.name,
        'label': metric.label,
        'description': metric.description,
        'meta': metric.config.meta,
        'kind': parts.kind,
        'numerator': parts.numerator,
        'denominator': parts.denominator,
        'inputs': inputs,
        'feeds': feeds,
        'definition_id': local_md5(tojson(numbers, sort_keys=true)),
    }) }}
{% endmacro %}


{# What is divided by what. A sum has no denominator; a ratio keeps both (R1); a distinct count is told
   apart because it must never be summed (R2). #}
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
        {%- endif -%}
    {%- endif -%}
    {%- set amount = kpi_amount(metric, metrics, measures) -%}
    {%- set aggs = amount.inputs | map(attribute='agg') | list -%}
    {%- if metric.type == 'derived' and 'count_distinct' in aggs -%}
        {{ refuse_kpi(metric, "a sum of distinct counts counts people twice; name one measure that "
            ~ "counts them together") }}
    {%- endif -%}
    {{ return({
        'kind': 'distinct' if 'count_distinct' in aggs else 'sum',
        'numerator': amount,
        'denominator': none,
    }) }}
{% endmacro %}


{# A metric that is an amount: one measure, or amounts added and subtracted. #}
{% macro kpi_amount(metric, metrics, measures) %}
    {%- if metric.type == 'simple' -%}
        {%- set input = kpi_input(metric, measures) -%}
        {%- if input.agg == 'average' -%}
            {{ refuse_kpi(metric, "an average cannot be part of another KPI; use the metrics it is "
                ~ "made of (R1)") }}
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
