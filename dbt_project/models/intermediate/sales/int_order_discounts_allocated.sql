-- The order's discounts on its goods lines, to the cent, the merchant's and the
-- platform's each: every line gets its share rounded down, and the cents left over go
-- one by one to the lines that lost most by rounding, so the lines always add up to the
-- order.
{%- set bearers = ['merchant', 'platform'] %}
with

order_lines as (

    select * from {{ ref('int_order_lines_weighted') }}

),

order_lines_with_totals as (

    select
        *,
        {% for bearer in bearers %}
            cast(abs(discount_{{ bearer }}) * 100 as bigint) as {{ bearer }}_cents,
        {% endfor %}
        cast(
            sum(weight) over (partition by order_key) as bigint
        ) as order_weight

    from order_lines

),

order_lines_with_shares as (

    select
        *,
    {% for bearer in bearers %}
        {% set parts = [bearer ~ '_cents', 'weight', 'nullif(order_weight, 0)'] %}
        {{ share_of_cents(*parts) }} as {{ bearer }}_share_cents,
        {{ left_over_cents(*parts) }}
            as {{ bearer }}_lost_by_rounding{{ ',' if not loop.last }}
    {% endfor %}

    from order_lines_with_totals

),

order_lines_with_ranks as (

    select
        *,
    {% for bearer in bearers %}
        row_number() over (
            partition by order_key
            order by
                weight > 0 desc,
                {{ bearer }}_lost_by_rounding desc,
                order_line_id asc
            ) as {{ bearer }}_left_over_rank,
        {{ bearer }}_cents
        - sum({{ bearer }}_share_cents) over (partition by order_key)
            as {{ bearer }}_left_over_cents{{ ',' if not loop.last }}
    {% endfor %}

    from order_lines_with_shares

),

order_discounts_allocated as (

    select
        *,
    {% for bearer in bearers %}
        case when discount_{{ bearer }} < 0 then -0.01 else 0.01 end
        * case
            when not is_goods then 0
            when {{ bearer }}_left_over_rank <= {{ bearer }}_left_over_cents
                then {{ bearer }}_share_cents + 1
            else {{ bearer }}_share_cents
        end as allocated_{{ bearer }}{{ ',' if not loop.last }}
    {% endfor %}

    from order_lines_with_ranks

)

select * from order_discounts_allocated
