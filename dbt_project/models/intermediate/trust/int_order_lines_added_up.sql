-- What the lines of each order add up to, before discounts.
with

order_lines as (

    select * from {{ ref('fct_order_lines') }}

),

order_lines_added_up as (

    select
        store_id,
        order_key,
        currency,
        count(*) as line_count,
        sum(line_discount) as line_discount,
        sum(case when is_goods then gross_amount else 0 end) as goods_of_lines,
        sum(
            case when is_goods or line_kind = 'shipping' then 0 else gross_amount end
        ) as charged_by_lines
    from order_lines
    group by store_id, order_key, currency

)

select * from order_lines_added_up
