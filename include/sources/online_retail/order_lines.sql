-- Every invoice line that is not on a credit note (`C…`, see refunds.sql), whatever it is: lines
-- that are no sales are given a kind of their own, and the suite's rules quarantine them by it.
with

invoice_lines_read as (

    select
        upper(trim("Invoice")) as invoice,
        upper(trim("StockCode")) as stock_code,
        "Description" as description,
        "Quantity" as quantity,
        "Price" as price,
        -- The till writes London time without saying so.
        timezone(
            'UTC', timezone('Europe/London', try_cast("InvoiceDate" as timestamp))
        ) as invoiced_at

    from invoice_lines

),

lines_numbered as (

    select
        *,
        -- 6,865 lines of 2009-12 to 2010-12 repeat another one to the letter. A unit
        -- scanned twice looks like two units, so each is kept under a number of its own.
        row_number() over (
            partition by invoice, stock_code
            order by invoiced_at, quantity desc, price, description
        ) as occurrence

    from invoice_lines_read

    where not starts_with(invoice, 'C')

),

lines_with_kind as (

    select
        *,
        case
            -- `A…` invoices: "Adjust bad debt", three of them, -136,552.02 in all.
            when starts_with(invoice, 'A') then 'ledger_adjustment'
            when starts_with(stock_code, 'ADJUST') then 'ledger_adjustment'
            when starts_with(stock_code, 'TEST') then 'test'
            -- Damages, losses and found stock: price 0, descriptions such as "lost" and "?".
            when quantity < 0 then 'stock_adjustment'
            when regexp_full_match(stock_code, '[0-9]{5}[A-Z]*|DCGS.*|SP[0-9]+|PADS') then 'goods'
            when regexp_full_match(stock_code, 'GIFT(_.*)?') then 'gift_card'
            when stock_code in ('POST', 'DOT') then 'shipping'
            -- Manual, discount, charges of bank and marketplace, charity, samples, carriage.
            when stock_code in (
                'M', 'D', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B', 'S', 'C2', 'C3'
            ) then 'fee'
            else 'other'
        end as line_kind

    from lines_numbered

)

select
    'online_retail_uk' as store_id,
    invoice as order_id,
    stock_code || '-' || occurrence as order_line_id,
    stock_code as sku,
    null as category,
    line_kind,
    'GBP' as currency,
    quantity,
    price as unit_price,
    null as list_price,
    null as line_discount,
    null as unit_cost,
    invoiced_at as created_at,
    invoiced_at as updated_at
from lines_with_kind
where (invoiced_at >= :window_start and invoiced_at < :window_end)
    -- A line whose date cannot be read belongs to no window: it lands in each and is refused there.
    or invoiced_at is null
