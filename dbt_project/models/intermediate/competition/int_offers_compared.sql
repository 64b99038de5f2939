-- Competitors' offers at the end of each day, next to ours: the last capture
-- holds for 48 hours. After that nobody knows, and a price of the week before must not
-- raise an alarm; one failed round of the scraper is bridged.
with

sku_days as (

    select * from {{ ref('int_sku_daily_rolling') }}

),

offers as (

    select * from {{ ref('int_offers_by_day') }}

),

offers_beside_ours as (

    select
        offers.store_id,
        offers.sku,
        sku_days.sku_date,
        offers.competitor,
        offers.competitor_sku,
        offers.captured_at,
        offers.is_in_stock,
        offers.competitor_price,
        offers.shipping_price,
        sku_days.own_price,
        sku_days.own_shipping,
        -- with shipping or without it, but the same on either side
        sku_days.own_shipping is not null
        and offers.shipping_price is not null as is_landed,
        coalesce(
            sku_days.is_live
            and offers.is_in_stock
            and offers.currency = sku_days.currency
            and offers.competitor_price > 0
            and sku_days.own_price > 0,
            false
        ) as is_compared

    from offers

    inner join sku_days
        on
            offers.store_id = sku_days.store_id
            and offers.sku = sku_days.sku
            and offers.offer_date = sku_days.sku_date

    where
        offers.is_confident_match
        and {{ elapsed_seconds('offers.captured_at', 'sku_days.ends_at') }}
        <= 48 * 3600

),

offers_compared as (

    select
        *,
        case
            when is_landed then own_price + own_shipping
            else own_price
        end as own_amount,
        case
            when is_landed then competitor_price + shipping_price
            else competitor_price
        end as offer_amount

    from offers_beside_ours

)

select * from offers_compared
