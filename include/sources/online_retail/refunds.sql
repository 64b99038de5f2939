-- Every line of a credit note (`C…`), dated as the note is. It does not state which order it is for.
--
-- Sign: a credit note's line has a negative quantity, so quantity x price is what the shop loses.
-- `amount` is that with the sign turned, the money given back. Hence, over all lines of the file,
--     sum(quantity x price) = sum of order_lines' amounts - sum of refunds' amounts.
with

invoice_lines_read as (

    select
        upper(trim("Invoice")) as invoice,
        upper(trim("StockCode")) as stock_code,
        "Description" as description,
        "Quantity" as quantity,
        cast("Price" as decimal(18, 6)) as price,
        cast(cast("Customer ID" as bigint) as varchar) as customer_id,
        timezone(
            'UTC', timezone('Europe/London', try_cast("InvoiceDate" as timestamp))
        ) as invoiced_at

    from invoice_lines

),

lines_numbered as (

    select
        *,
        row_number() over (
            partition by invoice, stock_code
            order by invoiced_at, quantity desc, price, description
        ) as occurrence

    from invoice_lines_read

    where starts_with(invoice, 'C')

),

lines_with_kind as (

    select
        *,
        case
            when starts_with(stock_code, 'ADJUST') then 'ledger_adjustment'
            when starts_with(stock_code, 'TEST') then 'test'
            when regexp_full_match(stock_code, '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS') then 'goods'
            when regexp_full_match(stock_code, 'GIFT(_.*)?') then 'gift_card'
            when stock_code in ('POST', 'DOT') then 'shipping'
            when stock_code in (
                'M', 'D', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B', 'S', 'C2', 'C3'
            ) then 'fee'
            else 'other'
        end as line_kind

    from lines_numbered

)

select
    'online_retail_uk' as store_id,
    invoice || '-' || stock_code || '-' || occurrence as refund_id,
    null as order_id,
    null as order_line_id,
    customer_id,
    stock_code as sku,
    null as category,
    line_kind,
    case
        when line_kind = 'goods' then 'return_refund'
        when stock_code = 'D' then 'price_adjust'
        else 'refund_only'
    end as refund_kind,
    null as reason_code,
    'done' as status,
    'GBP' as currency,
    -quantity as quantity,
    -(quantity * price) as amount,
    0 as tax,
    0 as shipping_refund,
    invoiced_at as requested_at,
    invoiced_at as refunded_at,
    invoiced_at as updated_at
from lines_with_kind
where (invoiced_at >= :window_start and invoiced_at < :window_end)
    -- A line whose date cannot be read belongs to no window: it lands in each and is refused there.
    or invoiced_at is null
