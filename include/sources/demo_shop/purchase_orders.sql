-- Lines of orders to suppliers. The shop calls a line `closed` when nothing more is
-- waited for, in full or short. `qty_in` counts all units received, sorted out or not; the
-- last receipt's moment moves when a second part is received.
select
    shop_code as store_id,
    line_ref as po_line_id,
    po_no as po_id,
    vendor_no as supplier_id,
    depot as warehouse_id,
    item_no as sku,
    ccy as currency,
    cost as unit_cost,
    qty as qty_ordered,
    qty_in as qty_received,
    qty_rejected as qty_defect,
    case state
        when 'partial' then 'partly_received'
        when 'closed' then 'received'
        else state
    end as status,
    ordered_at,
    eta as promised_at,
    last_receipt_at as received_at,
    modified as updated_at
from purchase_lines
where modified >= :window_start and modified < :window_end
