{{ config(**rebuilt_whole('business_date')) }}

with

visits as (

    select * from {{ ref('int_product_visits_summed') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

product_versions as (

    select * from {{ ref('dim_product_versions') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

visits_with_end as (

    select
        visits.*,
        stores.currency,
        {{ store_day_start(add_days('visits.business_date', 1), 'stores.timezone') }}
            as ends_at

    from visits

    inner join stores
        on visits.store_id = stores.store_id

),

product_visits as (

    select
        {{ surrogate_key(['visits.store_id', 'visits.sku', 'visits.business_date']) }}
            as product_visit_key,
        visits.store_id,
        visits.sku,
        product_versions.category,
        visits.currency,
        cast(visits.product_views as bigint) as product_views,
        cast(visits.visitors as bigint) as visitors,
        cast(visits.buyers as bigint) as buyers,
        cast(visits.units_sold as bigint) as units_sold,
        {{ amount('visits.sales_amount') }} as sales_amount,
        {{ amount('round(visits.sales_amount * exchange_rates.rate, 2)') }}
            as sales_amount_reporting,
        visits.business_date

    from visits_with_end as visits

    left join product_versions
        on
            visits.store_id = product_versions.store_id
            and visits.sku = product_versions.sku
            and visits.ends_at > product_versions.valid_from
            and visits.ends_at <= product_versions.valid_to

    left join exchange_rates
        on
            visits.currency = exchange_rates.currency
            and visits.business_date >= exchange_rates.valid_from
            and visits.business_date < exchange_rates.valid_to

)

select * from product_visits
