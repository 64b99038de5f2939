-- Competitors' offers on each day on which they may still stand: of each the last
-- capture up to then, for two days more.
with

captures as (

    select
        *,
        row_number() over (
            partition by store_id, competitor, competitor_sku, capture_date
            order by captured_at desc
        ) as recency

    from {{ ref('fct_competitor_prices') }}

),

days_it_may_hold as (

    select 0 as days_later
    union all
    select 1 as days_later
    union all
    select 2 as days_later

),

offers as (

    select
        captures.*,
        case
            when days_it_may_hold.days_later = 0 then captures.capture_date
            when days_it_may_hold.days_later = 1
                then {{ add_days('captures.capture_date', 1) }}
            else {{ add_days('captures.capture_date', 2) }}
        end as offer_date

    from captures

    cross join days_it_may_hold

    where captures.recency = 1

),

offers_by_recency as (

    select
        *,
        row_number() over (
            partition by store_id, competitor, competitor_sku, offer_date
            order by captured_at desc
        ) as offer_recency

    from offers

),

last_offers as (

    select * from offers_by_recency
    where offer_recency = 1

)

select * from last_offers
