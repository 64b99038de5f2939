{{ config(**rebuilt_whole()) }}

-- Our price of each SKU beside what rivals ask, at the end of each day.
with

sku_days as (

    select * from {{ ref('int_sku_days') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

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

),

comparisons as (

    select
        sku_days.store_id,
        sku_days.sku,
        sku_days.category,
        sku_days.sku_date,
        sku_days.is_live,
        stores.currency,
        sku_days.own_price,
        sku_days.own_shipping,
        sku_days.sales_28d,
        sku_days.newest_captured_at,
        coalesce(offers_summed.matched_offers, 0) as matched_offers,
        coalesce(offers_summed.compared_offers, 0) as compared_offers,
        offers_summed.lowest_competitor,
        offers_summed.own_amount,
        offers_summed.lowest_amount,
        100 * offers_summed.own_amounts / offers_summed.offer_amounts as price_index,
        -- within one percent nobody changes the shop for the price
        offers_summed.own_amount <= 1.01 * offers_summed.lowest_amount as is_won,
        -- when visitors stay away too, the loss is not at the price: a week that is a
        -- fifth below those before it is more than the weather
        sku_days.visitors_28d > 0
        and 4 * sku_days.visitors_7d >= 0.8 * sku_days.visitors_28d
            as has_stable_traffic,
        {{ elapsed_seconds('sku_days.newest_captured_at', 'sku_days.ends_at') }}
            as newest_capture_age_seconds

    from sku_days

    inner join stores
        on sku_days.store_id = stores.store_id

    left join offers_summed
        on
            sku_days.store_id = offers_summed.store_id
            and sku_days.sku = offers_summed.sku
            and sku_days.sku_date = offers_summed.sku_date

    where sku_days.is_live or offers_summed.matched_offers > 0

),

comparisons_with_totals as (

    select
        *,
        sum(case when compared_offers > 0 then sales_28d end) over (
            partition by store_id, sku_date
        ) as compared_sales,
        sum(case when compared_offers > 0 then 1 end) over (
            partition by store_id, sku_date
        ) as compared_skus

    from comparisons

),

price_comparison_days as (

    select
        {{ surrogate_key(['store_id', 'sku', 'sku_date']) }} as price_comparison_key,
        store_id,
        sku,
        category,
        currency,
        {{ amount('own_price') }} as own_price,
        {{ amount('own_shipping') }} as own_shipping,
        cast(matched_offers as bigint) as matched_offers,
        cast(compared_offers as bigint) as compared_offers,
        lowest_competitor,
        {{ amount('own_amount') }} as own_amount,
        {{ amount('lowest_amount') }} as lowest_amount,
        {{ amount('own_amount - lowest_amount') }} as gap_to_lowest,
        cast(round(price_index, 4) as decimal(18, 4)) as price_index,
        cast(
            case
                when compared_offers = 0 then null
                when compared_sales > 0
                    then round(sales_28d * compared_skus / compared_sales, 4)
                else 1
            end as decimal(18, 4)
        ) as sales_weight,
        is_live,
        matched_offers > 0 as is_matched,
        is_won,
        has_stable_traffic,
        {{ amount('sales_28d') }} as sales_28d,
        {{ amount(
            'case when is_live and not is_won and has_stable_traffic then sales_28d end'
        ) }} as exposed_sales_28d,
        newest_captured_at,
        cast(round(newest_capture_age_seconds / 3600.0, 4) as decimal(18, 4))
            as newest_capture_age_hours,
        sku_date as comparison_date

    from comparisons_with_totals

)

select * from price_comparison_days
