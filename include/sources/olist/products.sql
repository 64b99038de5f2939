-- Products have neither names nor prices of their own: the price is that of the newest item line, for
-- those that have one. The categories are Portuguese; two are missing from the list of translations
-- and keep their names, 610 products have none. (The file's other columns are misspelt: `lenght`.)
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

),

shop_opened as (

    select min(purchased_at) as opened_at from orders_read

),

prices as (

    select
        items_file.product_id,
        max_by(
            items_file.price,
            struct_pack(orders_read.purchased_at, items_file.order_id, items_file.order_item_id)
        ) as price

    from items_file

    inner join orders_read
        on items_file.order_id = orders_read.order_id

    group by items_file.product_id

)

select
    'olist' as store_id,
    products_file.product_id as sku,
    null as spu,
    null as product_name,
    coalesce(
        category_names.product_category_name_english, products_file.product_category_name
    ) as category,
    null as brand,
    'live' as status,
    'BRL' as currency,
    null as list_price,
    prices.price,
    null as unit_cost,
    -- Nobody states when a product was listed; it was not before the shop opened.
    shop_opened.opened_at as listed_at,
    null as delisted_at,
    -- Nor when it changed, so every window restates it.
    :window_start as updated_at
from products_file
cross join shop_opened
left join category_names
    on products_file.product_category_name = category_names.product_category_name
left join prices
    on products_file.product_id = prices.product_id
-- A line of commas alone is no product.
where coalesce(products_file.product_id, products_file.product_category_name) is not null
