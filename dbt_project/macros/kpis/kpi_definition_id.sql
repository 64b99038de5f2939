{# A definition's id: the same as long as the KPI counts the same. It is stored in the as-of ledger, so it must not
   change when only a table, column, measure or helper metric is renamed: for the id these keep the names they had
   first. After a rename, add the new name here. #}
{% macro kpi_definition_id(metric, parts, feeds) %}
    {%- set definition = {
        'parts': dict(
            parts,
            numerator=kpi_part_for_id(parts.numerator),
            denominator=kpi_part_for_id(parts.denominator) if parts.denominator else none
        ),
        'unit': metric.config.meta.unit,
        'slices': metric.config.meta.slices,
        'feeds': feeds,
        'missing_reason': metric.config.meta.get('missing_reason'),
    } -%}
    {%- set text = namespace(json=tojson(definition, sort_keys=true)) -%}
    {%- for name, first_name in first_names_in_kpis().items() -%}
        {%- set text.json = modules.re.sub('\\b' ~ name ~ '\\b', first_name, text.json) -%}
    {%- endfor -%}
    {{ return(local_md5(text.json)) }}
{% endmacro %}


{% macro kpi_part_for_id(part) %}
    {%- set inputs = [] -%}
    {%- for input in part.inputs -%}
        {%- set date = first_names_of_business_date().get(input.relation, 'business_date') -%}
        {%- set named = dict(
            input,
            clock=input.date_column | replace('business_date', date),
            step=input.step | replace('business_date', date)
        ) -%}
        {%- do named.pop('date_column') -%}
        {%- do inputs.append(named) -%}
    {%- endfor -%}
    {{ return(dict(part, inputs=inputs)) }}
{% endmacro %}


{# Tables, columns, measures and helper metrics by the names they have now. #}
{% macro first_names_in_kpis() %}
    {{ return({
        'fct_backlog_daily': 'fct_backlog_days',
        'fct_budget_daily': 'fct_budget_days',
        'fct_feed_daily': 'fct_feed_days',
        'fct_price_comparison_daily': 'fct_price_comparison_days',
        'fct_product_daily': 'fct_product_days',
        'fct_product_visit_daily': 'fct_product_visit_days',
        'fct_promotion_daily': 'fct_promotion_days',
        'fct_repeat_buyer_daily': 'fct_repeat_buyer_days',
        'fct_stock_daily': 'fct_stock_days',
        'fct_target_daily': 'fct_target_days',
        'amount_refused': 'amount_held',
        'first_published': 'first_said',
        'rows_received': 'rows_told',
        'rows_in_quarantine': 'rows_held',
        'amount_quarantined': 'money_held',
        'amount_first_published': 'amount_first_said',
        'skus_evaluated_by_stock': 'skus_judged_by_stock',
        'skus_evaluated_by_sales': 'skus_judged_by_sales',
        'feed_rows_received': 'feed_rows_told',
        'net_sales_first_published': 'net_sales_first_said',
        'skus_with_stock_evaluated': 'skus_with_stock_judged',
    }) }}
{% endmacro %}


{# What `business_date` was called in facts that each had a name of their own for it. #}
{% macro first_names_of_business_date() %}
    {{ return({
        'fct_price_comparison_daily': 'comparison_date',
        'fct_product_daily': 'product_date',
        'fct_product_visit_daily': 'visit_date',
        'fct_product_views': 'view_date',
        'fct_reorder_points': 'product_date',
        'fct_stock_daily': 'stock_date',
    }) }}
{% endmacro %}
