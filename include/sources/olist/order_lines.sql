-- The item lines of the orders that are here, one per piece: 974 of 9,998. The others belong to orders
-- of which nothing else is known, not even a day. (Of the file's 112,650 lines 102,652 are commas.)
with

orders_read as (

    select
        order_id,
        timezone(
            'UTC',
            timezone(
                'America/Sao_Paulo',
                try_strptime(order_purchase_timestamp, '%m/%d/%Y %H:%M')
            )
        ) as purchased_at

    from orders_file

)

select
    'olist' as store_id,
    items_file.order_id,
    items_file.order_item_id as order_line_id,
    items_file.product_id as sku,
    coalesce(
        category_names.product_category_name_english, products_file.product_category_name
    ) as category,
    'goods' as line_kind,
    'BRL' as currency,
    1 as quantity,
    items_file.price as unit_price,
    null as list_price,
    null as line_discount,
    null as unit_cost,
    orders_read.purchased_at as created_at,
    orders_read.purchased_at as updated_at
from items_file
inner join orders_read
    on items_file.order_id = orders_read.order_id
left join products_file
    on items_file.product_id = products_file.product_id
left join category_names
    on products_file.product_category_name = category_names.product_category_name
where (orders_read.purchased_at >= :window_start and orders_read.purchased_at < :window_end)
    or orders_read.purchased_at is null
