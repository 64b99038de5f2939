{# What a published metric must have in `config.meta`, and the values allowed. What has a default is missing
   only where it is null. #}
{% macro check_kpi_meta(metric) %}
    {%- set meta = kpi_meta(metric) -%}
    {%- set needed = ['code', 'name_zh', 'description_zh', 'unit', 'direction', 'stage', 'owner', 'slices',
                      'mature_after_days', 'definition_version', 'valid_from', 'alerts', 'why'] -%}
    {%- if metric.type == 'ratio' -%}
        {%- do needed.append('min_denominator') -%}
    {%- endif -%}
    {%- for key in needed if meta.get(key) is none -%}
        {{ refuse_kpi(metric, "config.meta has no `" ~ key ~ "`; add it, or `published: false` if "
            ~ "other metrics only are made of it") }}
    {%- endfor -%}
    {%- if not metric.description -%}
        {{ refuse_kpi(metric, "it has no description; describe in English what is counted and when") }}
    {%- endif -%}
    {%- for key, allowed in {
        'unit': ['count', 'money', 'ratio', 'index', 'minutes', 'hours', 'days'],
        'direction': ['up', 'down', 'band'],
        'stage': ['placed', 'paid', 'shipped', 'delivered', 'net', 'none'],
        'alerts': ['mail', 'none']
    }.items() if meta[key] not in allowed -%}
        {{ refuse_kpi(metric, "config.meta." ~ key ~ " is `" ~ meta[key] ~ "`; expected one of "
            ~ allowed | join(', ')) }}
    {%- endfor -%}
{% endmacro %}


{# What is made of KPIs is counted after them, from totals. #}
{% macro check_kpi_of_progress(metric, relations, of_progress, aggs) %}
    {%- if 'count_distinct' in aggs -%}
        {{ refuse_kpi(metric, "it counts distinct values of `" ~ of_progress[0] ~ "`, which is made of KPIs; count "
            ~ "them in the fact those are made of") }}
    {%- endif -%}
    {%- if relations | length > of_progress | length -%}
        {{ refuse_kpi(metric, "it stands on `" ~ of_progress[0] ~ "`, which is made of KPIs, and on a fact they are "
            ~ "made of as well; add what it needs to the former") }}
    {%- endif -%}
    {%- if metric.config.meta.slices -%}
        {{ refuse_kpi(metric, "it stands on `" ~ of_progress[0] ~ "`, which holds totals only; take its slices out") }}
    {%- endif -%}
{% endmacro %}


{# The share of the total that a member makes needs amounts that belong to members. #}
{% macro check_kpi_share(metric, kind) %}
    {%- if kind not in ['sum', 'distinct'] -%}
        {{ refuse_kpi(metric, "config.meta.share_of_total is for a sum or a distinct count, this is a "
            ~ kind ~ "; take it out") }}
    {%- endif -%}
    {%- if not metric.config.meta.slices -%}
        {{ refuse_kpi(metric, "config.meta.share_of_total needs a slice whose members have shares") }}
    {%- endif -%}
    {%- if metric.config.meta.unit != 'ratio' -%}
        {{ refuse_kpi(metric, "a share has the unit `ratio`, got `" ~ metric.config.meta.unit ~ "`") }}
    {%- endif -%}
{% endmacro %}


{# A filter or an offset on a metric of metrics would have to be pushed into its parts: not done, so not
   allowed. Division would lose numerator and denominator (R1), multiplication is not additive. #}
{% macro check_kpi_expression(metric) %}
    {%- set bare = modules.re.sub('[0-9]+([.][0-9]+)? *[*]|[*] *[0-9]+([.][0-9]+)?', '', metric.type_params.expr) -%}
    {%- if '/' in bare or '*' in bare -%}
        {{ refuse_kpi(metric, "its expr may add, subtract and scale by a number, got `"
            ~ metric.type_params.expr ~ "`; write a quotient as a ratio metric (R1)") }}
    {%- endif -%}
    {%- if metric.filter -%}
        {{ refuse_kpi(metric, "put its filter on the simple metrics it is made of") }}
    {%- endif -%}
    {%- for part in metric.type_params.metrics
        if part.filter or part.offset_window or part.offset_to_grain -%}
        {{ refuse_kpi(metric, "its part `" ~ part.name ~ "` has a filter or an offset; give it a "
            ~ "metric of its own") }}
    {%- endfor -%}
{% endmacro %}


{# Every slice must exist in every fact the KPI reads, and a KPI in money must be made of money. #}
{% macro check_kpi_inputs(metric, numerator_inputs, inputs) %}
    {%- for input in inputs -%}
        {%- for slice in metric.config.meta.slices if slice not in input.dimensions -%}
            {{ refuse_kpi(metric, "it is sliced by `" ~ slice ~ "`, which the semantic model `"
                ~ input.semantic_model ~ "` has neither as dimension nor as entity") }}
        {%- endfor -%}
    {%- endfor -%}
    {%- for input in numerator_inputs if metric.config.meta.unit == 'money' and input.unit != 'money' -%}
        {{ refuse_kpi(metric, "its unit is money, that of its measure `" ~ input.measure ~ "` is `"
            ~ input.unit ~ "`") }}
    {%- endfor -%}
{% endmacro %}


{# A reason of its own is given where the fact has no row, so that what it is divided by, or the sum itself, must not
   be 0 there: a store without a target would count in the total as one that is to reach nothing. #}
{% macro check_kpi_missing_reason(metric, inputs) %}
    {%- for input in inputs if metric.config.meta.get('missing_reason') and not input.is_unknown_without_rows -%}
        {{ refuse_kpi(metric, "it has config.meta.missing_reason, and its measure `" ~ input.measure ~ "` is 0 without "
            ~ "rows; add `without_rows: unknown` to the measure's config.meta") }}
    {%- endfor -%}
{% endmacro %}


{% macro check_kpi_measure(metric, measure, semantic_model) %}
    {%- set meta = (measure.config or {}).get('meta') or {} -%}
    {%- set aggs = ['sum', 'sum_boolean', 'count', 'count_distinct', 'average', 'median', 'percentile'] -%}
    {%- if measure.agg not in aggs -%}
        {{ refuse_kpi(metric, "its measure `" ~ measure.name ~ "` aggregates by `" ~ measure.agg
            ~ "`; expected one of " ~ aggs | join(', ')) }}
    {%- endif -%}
    {%- if measure.agg in ['median', 'percentile'] and meta.get('unit') == 'money' -%}
        {{ refuse_kpi(metric, "its measure `" ~ measure.name ~ "` is a percentile of money, which has no "
            ~ "one currency over all stores; use an average") }}
    {%- endif -%}
    {%- if meta.get('unit') not in ['count', 'money', 'number'] -%}
        {{ refuse_kpi(metric, "its measure `" ~ measure.name ~ "` has config.meta.unit `"
            ~ meta.get('unit') ~ "`; expected count, money or number") }}
    {%- endif -%}
    {%- if meta.get('without_rows') not in [none, 'unknown'] or (
        meta.get('without_rows') and measure.agg not in ['sum', 'sum_boolean']) -%}
        {{ refuse_kpi(metric, "its measure `" ~ measure.name ~ "` has config.meta.without_rows `"
            ~ meta.get('without_rows') ~ "`; only a sum may have it, and only `unknown`") }}
    {%- endif -%}
    {%- if not semantic_model.config.meta.get('feeds') -%}
        {{ refuse_kpi(metric, "its semantic model `" ~ semantic_model.name ~ "` has no "
            ~ "config.meta.feeds, the feeds its fact is made of") }}
    {%- endif -%}
{% endmacro %}


{# A slice that int_reporter_slices does not cover would be 0 where somebody has not reported it. Both lists begin
   with feed and end with slice. #}
{% macro check_reporter_slices(shown, seen) %}
    {%- set covered = [] -%}
    {%- for one in shown + seen -%}
        {%- do covered.append((one | first) ~ ' ' ~ (one | last)) -%}
    {%- endfor -%}
    {%- for kpi in kpi_definitions() -%}
        {%- for feed in kpi.feeds if feed != 'any_feed' and worklist().feeds[feed].reported_by -%}
            {%- for slice in kpi.meta.slices if feed ~ ' ' ~ slice not in covered -%}
                {{ exceptions.raise_compiler_error(
                    "metric `" ~ kpi.name ~ "` stands on the feed `" ~ feed ~ "`, which is reported, and is sliced by `"
                    ~ slice ~ "`, which int_reporter_slices does not cover; add there how its reporters are seen"
                ) }}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}
