{{ config(**incremental_by_event_date()) }}

with

order_lines as (

    select * from {{ ref('int_order_discounts_allocated') }}
    where {{ is_rebuilt('fct_order_lines') }}

),

order_lines_with_amounts as (

    select
        {{ surrogate_key(['store_id', 'order_id', 'order_line_id']) }}
            as order_line_key,
        order_key,
        store_id,
        order_id,
        order_line_id,
        sku,
        category,
        channel,
        line_kind,
        currency,
        quantity,
        unit_price,
        list_price,
        {{ amount('own_discount') }} as line_discount,
        unit_cost,
        {{ amount('gross_amount') }} as gross_amount,
        {{ amount('own_discount + allocated_merchant') }} as discount_merchant,
        {{ amount('allocated_platform') }} as discount_platform,
        {{ amount('own_discount + allocated_merchant + allocated_platform') }}
            as discount_amount,
        is_goods,
        is_valid_order,
        is_paid,
        order_date,
        paid_date,
        event_date

    from order_lines

)

select * from order_lines_with_amounts
