{{ config(**incremental_by_event_date()) }}

with

stock as (

    select * from {{ ref('int_inventory_ranked') }}
    where
        count_rank = 1
        and {{ is_rebuilt('fct_stock_warehouse_daily', 'business_date') }}

),

stock_warehouse_days as (

    select
        {{ surrogate_key(['store_id', 'warehouse_id', 'sku', 'business_date']) }}
            as stock_warehouse_key,
        {{ surrogate_key(['store_id', 'sku', 'business_date']) }} as stock_key,
        store_id,
        warehouse_id,
        sku,
        business_date,
        cast(on_hand as bigint) as on_hand,
        cast(reserved as bigint) as reserved,
        cast(available as bigint) as available,
        cast(in_transit as bigint) as in_transit,
        cast(damaged as bigint) as damaged,
        currency,
        unit_cost,
        {{ amount('on_hand * unit_cost') }} as stock_value,
        first_received_at,
        snapshot_at,
        business_date as event_date

    from stock

)

select * from stock_warehouse_days
