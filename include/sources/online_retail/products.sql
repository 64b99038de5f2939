-- One row per goods code that was invoiced at a price, as its last line in the window shows it.
-- Lines at price 0 are left out: their descriptions are notes of stock-takes ("damages", "?").
with

goods_lines as (

    select
        upper(trim("StockCode")) as stock_code,
        trim("Description") as description,
        cast("Price" as decimal(18, 6)) as price,
        timezone(
            'UTC', timezone('Europe/London', try_cast("InvoiceDate" as timestamp))
        ) as invoiced_at

    from invoice_lines

    where
        "Price" > 0
        and regexp_full_match(
            upper(trim("StockCode")), '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS'
        )

),

goods_first_seen as (

    select
        stock_code,
        min(invoiced_at) as listed_at

    from goods_lines

    group by stock_code

),

goods_in_window as (

    select
        stock_code,
        -- Of several lines in the last minute the greatest is taken, so that a rerun takes it too.
        max_by(description, struct_pack(invoiced_at, description)) as product_name,
        max_by(price, struct_pack(invoiced_at, price)) as price,
        max(invoiced_at) as updated_at

    from goods_lines

    where invoiced_at >= :window_start and invoiced_at < :window_end

    group by stock_code

)

select
    'online_retail_uk' as store_id,
    goods_in_window.stock_code as sku,
    -- 85048A and 85048B are two designs of one article.
    coalesce(
        nullif(regexp_extract(goods_in_window.stock_code, '^[0-9]{5}'), ''),
        goods_in_window.stock_code
    ) as spu,
    goods_in_window.product_name,
    null as category,
    null as brand,
    'live' as status,
    'GBP' as currency,
    null as list_price,
    -- Pads for cushions are sold at 0.001; a price is given in whole pennies.
    round(goods_in_window.price, 2) as price,
    null as unit_cost,
    goods_first_seen.listed_at,
    null as delisted_at,
    goods_in_window.updated_at
from goods_in_window
inner join goods_first_seen
    on goods_in_window.stock_code = goods_first_seen.stock_code
