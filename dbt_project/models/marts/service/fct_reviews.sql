{{ config(**incremental_by_event_date()) }}

with

reviews as (

    select * from {{ ref('int_reviews_dated') }}
    where {{ is_rebuilt('fct_reviews') }}

),

reviews_keyed as (

    select
        {{ surrogate_key(['store_id', 'review_id']) }} as review_key,
        store_id,
        review_id,
        case
            when order_id is not null
                then {{ surrogate_key(['store_id', 'order_id']) }}
        end as order_key,
        order_id,
        sku,
        category,
        stars,
        stars_description,
        stars_service,
        stars_logistics,
        coalesce(is_negative, false) as is_negative,
        created_at,
        review_date,
        event_date

    from reviews

)

select * from reviews_keyed
