-- Stock counts with their store-local day, the last count of a warehouse and SKU each
-- day first.
with

inventory as (

    select * from {{ ref('stg_inventory') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

inventory_dated as (

    select
        inventory.*,
        {{ store_local_date('inventory.snapshot_at', 'stores.timezone') }}
            as business_date

    from inventory

    inner join stores
        on inventory.store_id = stores.store_id

),

inventory_ranked as (

    select
        *,
        row_number() over (
            partition by store_id, warehouse_id, sku, business_date
            order by snapshot_at desc
        ) as count_rank

    from inventory_dated

)

select * from inventory_ranked
