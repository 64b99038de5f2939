-- One order per invoice that sells anything. Invoices of stock-takes, tests and bookkeeping entries
-- sell nothing: their lines are in order_lines, quarantined, and no order is made up for them.
with

invoice_lines_read as (

    select
        upper(trim("Invoice")) as invoice,
        upper(trim("StockCode")) as stock_code,
        "Quantity" * cast("Price" as decimal(18, 6)) as amount,
        -- The file holds customer numbers as fractions: 13085.0. A guest has none and stays without.
        cast(cast("Customer ID" as bigint) as varchar) as customer_id,
        timezone(
            'UTC', timezone('Europe/London', try_cast("InvoiceDate" as timestamp))
        ) as invoiced_at

    from invoice_lines

    where "Quantity" > 0 and "Price" > 0

),

sale_lines as (

    select
        *,
        regexp_full_match(stock_code, '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS') as is_goods,
        stock_code in ('POST', 'DOT') as is_shipping

    from invoice_lines_read

    where
        not starts_with(invoice, 'C')
        and not starts_with(invoice, 'A')
        and not starts_with(stock_code, 'ADJUST')
        and not starts_with(stock_code, 'TEST')

),

-- Over all lines of an invoice, not the window's: 41 invoices run over a minute, one over nine.
orders_with_amounts as (

    select
        invoice,
        max(customer_id) as customer_id,
        -- Pads for cushions are sold at 0.001, so a sum may end in a tenth of a penny.
        round(coalesce(sum(amount) filter (where is_goods), 0), 2) as goods_amount,
        round(coalesce(sum(amount) filter (where is_shipping), 0), 2) as shipping_charged,
        round(sum(amount), 2) as paid_amount,
        min(invoiced_at) as created_at,
        max(invoiced_at) as updated_at

    from sale_lines

    group by invoice

)

select
    'online_retail_uk' as store_id,
    invoice as order_id,
    customer_id,
    null as channel,
    null as campaign_id,
    null as device,
    -- The file has invoices, not orders: what is in it has been sold.
    'completed' as status,
    'online' as pay_type,
    null as coupon_code,
    null as cancelled_by,
    null as cancel_reason,
    'GBP' as currency,
    goods_amount,
    0 as discount_merchant,
    0 as discount_platform,
    shipping_charged,
    0 as tax,
    0 as gift_card_amount,
    0 as deposit_amount,
    paid_amount,
    false as is_presale,
    false as is_test,
    created_at,
    null as deposit_paid_at,
    created_at as paid_at,
    null as cancelled_at,
    null as confirmed_at,
    updated_at
from orders_with_amounts
where updated_at >= :window_start and updated_at < :window_end
