-- The offers of a SKU on a day: how many, what they ask in sum, and the lowest.
with

offers as (

    select * from {{ ref('int_offers_compared') }}

),

-- The offer that is furthest below ours.
offers_ranked as (

    select
        *,
        row_number() over (
            partition by store_id, sku, sku_date, is_compared
            order by
                offer_amount - own_amount asc,
                offer_amount asc,
                competitor asc,
                competitor_sku asc
        ) as offer_rank

    from offers

),

offers_summed as (

    select
        store_id,
        sku,
        sku_date,
        count(*) as matched_offers,
        sum(case when is_compared then 1 else 0 end) as compared_offers,
        sum(case when is_compared then own_amount end) as own_amounts,
        sum(case when is_compared then offer_amount end) as offer_amounts,
        max(case when is_compared and offer_rank = 1 then competitor end)
            as lowest_competitor,
        max(case when is_compared and offer_rank = 1 then own_amount end)
            as own_amount,
        max(case when is_compared and offer_rank = 1 then offer_amount end)
            as lowest_amount

    from offers_ranked
    group by store_id, sku, sku_date

)

select * from offers_summed
