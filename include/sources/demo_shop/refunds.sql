-- Refund slips, one per order line given back. A slip does not state what kind of
-- line it is for, so the line is looked up; a slip without a known line keeps a null kind.
select
    slips.shop_code as store_id,
    slips.slip_no as refund_id,
    slips.order_no as order_id,
    slips.line_no as order_line_id,
    slips.buyer_no as customer_id,
    slips.item_no as sku,
    slips.cat as category,
    order_lines.line_type as line_kind,
    slips.slip_type as refund_kind,
    slips.reason as reason_code,
    slips.state as status,
    slips.ccy as currency,
    slips.qty as quantity,
    slips.amount,
    slips.tax,
    slips.freight as shipping_refund,
    slips.requested_at,
    slips.done_at as refunded_at,
    slips.modified as updated_at
from refund_slips as slips
left join sales_order_items as order_lines
    on
        slips.shop_code = order_lines.shop_code
        and slips.order_no = order_lines.order_no
        and slips.line_no = order_lines.line_no
where slips.modified >= :window_start and slips.modified < :window_end
