{{ config(**incremental_by_event_date()) }}

with

purchase_orders as (

    select * from {{ ref('int_purchase_orders_dated') }}
    where {{ is_rebuilt('fct_purchase_orders') }}

),

purchase_orders_with_results as (

    select
        {{ surrogate_key(['store_id', 'po_line_id']) }} as po_line_key,
        store_id,
        po_line_id,
        po_id,
        supplier_id,
        warehouse_id,
        sku,
        status,
        currency,
        unit_cost,
        cast(qty_ordered as bigint) as qty_ordered,
        cast(coalesce(qty_received, 0) as bigint) as qty_received,
        cast(qty_defect as bigint) as qty_defect,
        cast(
            case
                when
                    status in ('open', 'partly_received')
                    and qty_ordered > coalesce(qty_received, 0)
                    then qty_ordered - coalesce(qty_received, 0)
                else 0
            end as bigint
        ) as qty_awaited,
        {{ amount('round(qty_ordered * unit_cost, 2)') }} as ordered_amount,
        coalesce(status = 'received', false) as is_complete,
        case
            when status = 'received' and received_at >= ordered_at
                then cast(
                    {{ elapsed_seconds('ordered_at', 'received_at') }} / 86400.0
                    as decimal(18, 4)
                )
        end as lead_time_days,
        ordered_at,
        promised_at,
        received_at,
        ordered_date,
        promised_date,
        received_date,
        event_date

    from purchase_orders

)

select * from purchase_orders_with_results
