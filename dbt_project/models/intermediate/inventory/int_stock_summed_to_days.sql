-- The closing stock of a store-local day: the last count of every warehouse, summed.
-- Such a day may hold counts of two UTC days, so the partition of a stock day is the
-- local day itself. A SKU that was not counted has no row: missing data must not read
-- as an empty shelf.
with

inventory as (

    select * from {{ ref('int_inventory_ranked') }}
    where count_rank = 1

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

stock_summed as (

    select
        store_id,
        sku,
        business_date,
        max(snapshot_at) as snapshot_at,
        sum(on_hand) as on_hand,
        sum(reserved) as reserved,
        sum(available) as available,
        sum(in_transit) as in_transit,
        sum(damaged) as damaged,
        sum(on_hand * unit_cost) as stock_value,
        sum(case when unit_cost is not null then on_hand end) as valued_units,
        avg(unit_cost) as mean_unit_cost,
        case when min(currency) = max(currency) then min(currency) end as currency

    from inventory
    group by store_id, sku, business_date

),

stock_with_product as (

    select
        stock_summed.*,
        product_versions.category,
        {{ is_on_sale('product_versions', 'updated_at', 'stock_summed.snapshot_at') }}
            as is_live

    from stock_summed

    left join product_versions
        on
            stock_summed.store_id = product_versions.store_id
            and stock_summed.sku = product_versions.sku
            and stock_summed.snapshot_at >= product_versions.valid_from
            and stock_summed.snapshot_at < product_versions.valid_to

)

select * from stock_with_product
