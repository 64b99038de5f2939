{{ config(**incremental_by_event_date()) }}

with

views as (

    select * from {{ ref('int_product_views_summed') }}
    where {{ is_rebuilt('fct_product_views', 'business_date') }}

),

product_views as (

    select
        {{ surrogate_key(['store_id', 'sku', 'business_date']) }} as product_view_key,
        store_id,
        sku,
        business_date,
        cast(product_views as bigint) as product_views,
        cast(visitors as bigint) as visitors,
        business_date as event_date

    from views

)

select * from product_views
