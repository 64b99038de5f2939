with

stores as (

    select
        store_id,
        store_name,
        platform,
        timezone,
        currency,
        source_name,
        opened_at

    from {{ ref('stg_stores') }}

)

select * from stores
