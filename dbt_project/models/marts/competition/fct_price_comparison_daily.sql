{{ config(**rebuilt_whole('business_date')) }}

with

comparisons as (

    select * from {{ ref('int_prices_compared') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

comparisons_with_totals as (

    select
        comparisons.*,
        stores.currency,
        sum(
            case when comparisons.compared_offers > 0 then comparisons.sales_28d end
        ) over (partition by comparisons.store_id, comparisons.sku_date)
            as compared_sales,
        sum(case when comparisons.compared_offers > 0 then 1 end) over (
            partition by comparisons.store_id, comparisons.sku_date
        ) as compared_skus

    from comparisons

    inner join stores
        on comparisons.store_id = stores.store_id

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
        sku_date as business_date

    from comparisons_with_totals

)

select * from price_comparison_days
