{{ config(materialized='table') }}

-- Every version of a product that was ever accepted, so that a past day is compared
-- with the price and the status of that day. The first known version also stands for
-- the time before it: the shop's table holds only the present, and its name, category,
-- cost and price are the best that is known of the past. Not so its status, which was
-- another before it was changed: see is_on_sale.
with

products as (

    select * from {{ source('accepted', 'products') }}

),

versions_ranked as (

    select
        *,
        row_number() over (
            partition by store_id, sku, updated_at
            order by {{ newest_first('updated_at') }}
        ) as version_rank

    from products

),

versions as (

    select * from versions_ranked
    where version_rank = 1

),

versions_in_order as (

    select
        *,
        row_number() over (
            partition by store_id, sku order by updated_at
        ) as version_number,
        lead(updated_at) over (
            partition by store_id, sku order by updated_at
        ) as replaced_at

    from versions

),

versions_with_validity as (

    select
        store_id,
        sku,
        spu,
        product_name,
        category,
        brand,
        status,
        currency,
        list_price,
        price,
        unit_cost,
        listed_at,
        delisted_at,
        updated_at,
        case
            when version_number = 1 then cast('1900-01-01' as timestamp)
            else updated_at
        end as valid_from,
        coalesce(replaced_at, cast('9999-12-31' as timestamp)) as valid_to

    from versions_in_order

)

select * from versions_with_validity
