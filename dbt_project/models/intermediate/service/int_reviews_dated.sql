-- Reviews with their business date and the category their product was in then.
with

reviews as (

    select * from {{ ref('stg_reviews') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

product_versions as (

    select * from {{ ref('int_product_versions') }}

),

reviews_dated as (

    select
        reviews.*,
        product_versions.category,
        {{ store_local_date('reviews.created_at', 'stores.timezone') }} as review_date

    from reviews

    inner join stores
        on reviews.store_id = stores.store_id

    left join product_versions
        on
            reviews.store_id = product_versions.store_id
            and reviews.sku = product_versions.sku
            and reviews.created_at >= product_versions.valid_from
            and reviews.created_at < product_versions.valid_to

)

select * from reviews_dated
