-- The order's discount on its goods lines, to the cent: each line gets its share
-- rounded down, and the cents left over go one by one to the lines that lost most by
-- rounding, so the lines always add up to the order.
with

order_lines as (

    select * from {{ ref('int_order_lines_weighed') }}

),

order_lines_with_totals as (

    select
        *,
        cast(abs(order_discount) * 100 as bigint) as discount_cents,
        cast(
            sum(weight) over (partition by order_key) as bigint
        ) as order_weight

    from order_lines

),

order_lines_with_shares as (

    select
        *,
        {{ share_of_cents('discount_cents', 'weight', 'nullif(order_weight, 0)') }}
            as share_cents,
        {{ left_over_cents('discount_cents', 'weight', 'nullif(order_weight, 0)') }}
            as lost_by_rounding

    from order_lines_with_totals

),

order_lines_with_ranks as (

    select
        *,
        row_number() over (
            partition by order_key
            order by weight > 0 desc, lost_by_rounding desc, order_line_id asc
        ) as left_over_rank,
        discount_cents - sum(share_cents) over (partition by order_key)
            as left_over_cents

    from order_lines_with_shares

),

order_discounts_allocated as (

    select
        *,
        case when order_discount < 0 then -0.01 else 0.01 end
        * case
            when not is_goods then 0
            when left_over_rank <= left_over_cents then share_cents + 1
            else share_cents
        end as allocated_discount

    from order_lines_with_ranks

)

select * from order_discounts_allocated
