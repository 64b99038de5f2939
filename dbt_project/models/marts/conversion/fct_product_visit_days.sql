{{ config(**rebuilt_whole()) }}

with

product_views as (

    select * from {{ ref('fct_product_views') }}

),

product_sales as (

    select * from {{ ref('int_product_sales_summed') }}

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

views_and_sales as (

    select
        store_id,
        sku,
        view_date as visit_date,
        product_views,
        visitors,
        0 as buyers,
        0 as units_sold,
        0 as sales_amount
    from product_views

    union all

    select
        store_id,
        sku,
        paid_date as visit_date,
        0 as product_views,
        0 as visitors,
        buyers,
        units_sold,
        sales_amount
    from product_sales

),

visit_days as (

    select
        store_id,
        sku,
        visit_date,
        sum(product_views) as product_views,
        sum(visitors) as visitors,
        sum(buyers) as buyers,
        sum(units_sold) as units_sold,
        sum(sales_amount) as sales_amount
    from views_and_sales
    group by store_id, sku, visit_date

),

visit_days_with_end as (

    select
        visit_days.*,
        stores.currency,
        {{ store_day_start(add_days('visit_days.visit_date', 1), 'stores.timezone') }}
            as ends_at

    from visit_days

    inner join stores
        on visit_days.store_id = stores.store_id

),

product_visit_days as (

    select
        {{ surrogate_key(['visits.store_id', 'visits.sku', 'visits.visit_date']) }}
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
        visits.visit_date

    from visit_days_with_end as visits

    left join product_versions
        on
            visits.store_id = product_versions.store_id
            and visits.sku = product_versions.sku
            and visits.ends_at > product_versions.valid_from
            and visits.ends_at <= product_versions.valid_to

    left join exchange_rates
        on
            visits.currency = exchange_rates.currency
            and visits.visit_date >= exchange_rates.valid_from
            and visits.visit_date < exchange_rates.valid_to

)

select * from product_visit_days
