{# The differences between our figures and the platforms', by what causes them. Each moves an amount onto a
   day, or off it: {variant, line, relation, day, amount, where}. Names and order of the lines
   are in the seed metric_bridge_lines. #}
{% macro bridge_steps() %}
    {%- set goods = {
        'net_sales_shopify': [
            bridge_placed_goods('net', "invalid_reason = 'gift_card'", 'gift_card_orders'),
            bridge_placed_goods('net', "invalid_reason = 'nothing_due_or_paid'", 'zero_value_orders'),
            bridge_placed_goods('net', "is_cancelled and (is_counted or invalid_reason in ('gift_card', 'nothing_due_or_paid'))",
                                'cancelled_orders', '-'),
            bridge_refunds('not is_counted and not is_test and not is_cancelled', 'refunds_not_counted', '-'),
            bridge_refunds('is_counted and is_cancelled', 'refunds_of_cancelled_orders'),
        ],
        'ordered_sales_amz': [
            bridge_refunds('is_counted', 'refunds'),
            bridge_goods('discount', 'paid', 'is_counted', 'discounts'),
            bridge_placed_goods('gross', "invalid_reason = 'test'", 'test_orders'),
            bridge_placed_goods('gross', "invalid_reason = 'gift_card'", 'gift_card_orders'),
            bridge_placed_goods('gross', "invalid_reason = 'nothing_due_or_paid'", 'zero_value_orders'),
            bridge_placed_goods('gross', "invalid_reason = 'cancelled_unpaid'", 'cancelled_unpaid_orders'),
            bridge_placed_goods('gross', 'order_date <> pacific_date', 'pacific_day', '-'),
            bridge_goods('gross', 'pacific', 'order_date <> pacific_date', 'pacific_day'),
        ],
        'rev_daasity': [
            bridge_refunds('is_counted', 'refunds'),
            bridge_placed_goods('net', 'is_counted and is_cancelled', 'cancelled_orders', '-'),
        ],
    } -%}
    {%- set steps = bridge_steps_of_orders() -%}
    {%- for variant, of_its_own in goods.items() -%}
        {%- set amount = 'gross' if variant == 'ordered_sales_amz' else 'net' -%}
        {%- for step in bridge_steps_to_the_order_day(amount) + of_its_own -%}
            {%- do steps.append(dict(step, variant=variant)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}


{# Their amounts by day, from the CTEs that they name. #}
{% macro bridge_step_rows() %}
    {%- for step in bridge_steps() %}
    select
        store_id,
        {{ step.day }} as kpi_date,
        '{{ step.variant }}' as variant,
        '{{ step.line }}' as line,
        sum({{ step.amount }}) as amount
    from {{ step.relation }}
    where {{ step.where }}
    group by store_id, {{ step.day }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{# From the day an order was paid to the day it was placed, paid or not. #}
{% macro bridge_steps_to_the_order_day(amount) %}
    {{ return([
        bridge_goods(amount, 'paid', 'is_counted and not is_cod', 'order_clock', '-'),
        bridge_placed_goods(amount, 'is_counted and not is_cod', 'order_clock'),
        bridge_goods(amount, 'paid', 'is_counted and is_cod', 'cod_clock', '-'),
        bridge_placed_goods(amount, 'is_counted and is_cod', 'cod_clock'),
        bridge_placed_goods(amount, 'not is_counted and invalid_reason is null', 'unpaid_orders'),
    ]) }}
{% endmacro %}


{# What starts from paid GMV. #}
{% macro bridge_steps_of_orders() %}
    {%- set steps = [
        bridge_orders('paid_gmv_sycm', 'paid_amount', 'paid', "invalid_reason = 'test'", 'test_orders'),
        bridge_orders('gmv_jd', 'paid_amount', 'paid', 'is_counted and is_cod', 'cod_signed', '-'),
        bridge_orders('gmv_jd', 'jd_amount', 'jd', 'is_cod', 'cod_placed'),
        bridge_orders('gmv_jd', 'discount_platform', 'paid', 'is_counted and not is_cod', 'platform_discounts'),
        bridge_orders('gmv_jd', 'gift_card_amount', 'paid', 'is_counted and not is_cod', 'gift_cards'),
        bridge_orders('gmv_jd', 'other_charges', 'paid', 'is_counted and not is_cod', 'other_charges', '-'),
        bridge_orders('gmv_jd', 'jd_amount', 'jd', 'is_cancelled_same_day', 'same_day_cancels', '-'),
    ] -%}
    {%- for reason, line in [('test', 'test'), ('gift_card', 'gift_card'), ('nothing_due_or_paid', 'zero_value')] -%}
        {%- set where = "not is_cod and invalid_reason = '" ~ reason ~ "'" -%}
        {%- do steps.append(bridge_orders('gmv_jd', 'jd_amount', 'jd', where, line ~ '_orders')) -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}


{% macro bridge_orders(variant, amount, date_basis, where, line, sign='') %}
    {{ return({
        'variant': variant, 'line': line, 'relation': 'orders_summed', 'day': date_basis ~ '_date', 'where': where,
        'amount': sign ~ amount,
    }) }}
{% endmacro %}


{% macro bridge_placed_goods(amount, where, line, sign='') %}
    {{ return(bridge_goods(amount, 'order', where, line, sign)) }}
{% endmacro %}


{% macro bridge_goods(amount, date_basis, where, line, sign='') %}
    {%- set amounts = {
        'gross': 'gross_amount',
        'discount': 'discount_amount',
        'net': '(gross_amount - discount_amount)',
    } -%}
    {{ return({
        'line': line, 'relation': 'goods_summed', 'day': date_basis ~ '_date', 'where': where,
        'amount': sign ~ amounts[amount],
    }) }}
{% endmacro %}


{% macro bridge_refunds(where, line, sign='') %}
    {{ return({
        'line': line, 'relation': 'refunds_summed', 'day': 'refund_date', 'where': where,
        'amount': sign ~ 'goods_amount',
    }) }}
{% endmacro %}
