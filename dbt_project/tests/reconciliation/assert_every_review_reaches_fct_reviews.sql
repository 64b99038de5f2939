-- For each store, accepted reviews and fct_reviews agree in number and in the sum of
-- stars, over the days this build replaced. A difference means that looking up the
-- category dropped or doubled reviews.
with

accepted_and_built as (

    select
        reviews.store_id,
        1 as review_count,
        reviews.stars
    from {{ ref('stg_reviews') }} as reviews
    inner join {{ ref('stg_stores') }} as stores
        on reviews.store_id = stores.store_id
    where {{ is_rebuilt('fct_reviews', 'reviews.event_date') }}

    union all

    select
        store_id,
        -1 as review_count,
        -stars as stars
    from {{ ref('fct_reviews') }}
    where {{ is_rebuilt('fct_reviews') }}

),

differences as (

    select
        store_id,
        sum(review_count) as reviews_missing,
        sum(stars) as stars_missing
    from accepted_and_built
    group by store_id
    having sum(review_count) <> 0 or sum(stars) <> 0

)

select * from differences
