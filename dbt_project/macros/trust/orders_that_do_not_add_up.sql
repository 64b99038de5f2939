{# Stores, by currency, of whose settled orders a twentieth or more have a gap: a mapping that takes one
   amount for another does so in every order it concerns, a corrected price in a few. A full build checks
   all orders, the others the last four weeks of each store.

   gap: column of `int_orders_added_up`. Reasons: what the gap is to be explained by, as SQL of the amount that
   it would equal, and the sentence; the first that explains half of the orders with a gap is given. #}
{% macro orders_that_do_not_add_up(gap, reasons) %}
with

orders as (

    select
        *,
        max(paid_date) over (partition by store_id, currency) as newest_date
    from {{ ref('int_orders_added_up') }}

),

checked as (

    select
        *,
        abs({{ gap }}) > rounding as has_gap
        {%- for explained_by, _ in reasons %},
        abs({{ gap }}) > rounding and abs({{ gap }} - ({{ explained_by }})) <= rounding as is_reason_{{ loop.index }}
        {%- endfor %}
    from orders
    where
        {{ gap }} is not null
        {% if execute and not worklist().full %}
        and paid_date > {{ add_days('newest_date', -28) }}
        {% endif %}

),

counted as (

    select
        store_id,
        currency,
        count(*) as orders_settled,
        sum(case when has_gap then 1 else 0 end) as orders_with_gap,
        {% for _ in reasons -%}
        sum(case when is_reason_{{ loop.index }} then 1 else 0 end) as reason_{{ loop.index }},
        {% endfor -%}
        cast({{ percentile('case when has_gap then ' ~ gap ~ ' end', 0.5) }} as decimal(18, 2))
            as typical_gap
    from checked
    group by store_id, currency

),

stores_that_do_not_add_up as (

    select
        store_id,
        currency,
        orders_with_gap,
        orders_settled,
        typical_gap,
        case
            {%- for _, sentence in reasons %}
            when 2 * reason_{{ loop.index }} >= orders_with_gap then '{{ sentence }}'
            {%- endfor %}
            else 'no one amount explains it'
        end as likely_reason
    from counted
    where 20 * orders_with_gap >= orders_settled and orders_with_gap > 0

)

select * from stores_that_do_not_add_up
{% endmacro %}
