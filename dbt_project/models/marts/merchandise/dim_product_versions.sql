-- A row for each time that something about a product changed. Sources touch their rows
-- without changing them; such a version is none. The key is made of the moment of the
-- change, so it stays when the table is rebuilt.
with

versions as (

    select
        *,
        {{ surrogate_key([
            'spu',
            'product_name',
            'category',
            'brand',
            'status',
            'currency',
            'list_price',
            'price',
            'unit_cost',
            'listed_at',
            'delisted_at',
        ]) }} as says

    from {{ ref('int_product_versions') }}

),

versions_with_previous as (

    select
        *,
        lag(says) over (
            partition by store_id, sku order by valid_from
        ) as previous_values

    from versions

),

changes as (

    select * from versions_with_previous
    where previous_values is null or previous_values <> says

),

changes_with_validity as (

    select
        *,
        lead(valid_from) over (
            partition by store_id, sku order by valid_from
        ) as replaced_at

    from changes

),

product_versions as (

    select
        {{ surrogate_key(['store_id', 'sku', 'updated_at']) }} as product_version_key,
        {{ surrogate_key(['store_id', 'sku']) }} as product_key,
        store_id,
        sku,
        spu,
        product_name,
        category,
        brand,
        status,
        currency,
        {{ amount('list_price') }} as list_price,
        {{ amount('price') }} as price,
        {{ amount('unit_cost') }} as unit_cost,
        listed_at,
        delisted_at,
        updated_at as changed_at,
        valid_from,
        coalesce(replaced_at, cast('9999-12-31' as timestamp)) as valid_to,
        replaced_at is null as is_current

    from changes_with_validity

)

select * from product_versions
