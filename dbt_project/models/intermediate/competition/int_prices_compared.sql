-- Our price of each SKU and what competitors ask, at the end of each day.
with

sku_days as (

    select * from {{ ref('int_sku_daily_rolling') }}

),

offers_summed as (

    select * from {{ ref('int_offers_summed_to_skus') }}

),

comparisons as (

    select
        sku_days.store_id,
        sku_days.sku,
        sku_days.category,
        sku_days.sku_date,
        sku_days.is_live,
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

    left join offers_summed
        on
            sku_days.store_id = offers_summed.store_id
            and sku_days.sku = offers_summed.sku
            and sku_days.sku_date = offers_summed.sku_date

    where sku_days.is_live or offers_summed.matched_offers > 0

)

select * from comparisons
