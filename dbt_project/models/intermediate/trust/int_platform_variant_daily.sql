with

platform_variants as (

    select * from {{ ref('int_platform_variants_of_orders') }}
    union all
    select * from {{ ref('int_platform_variants_of_goods') }}

),

bridge_days as (

    select * from {{ ref('int_bridge_daily') }}

),

platform_variant_days as (

    select
        platform_variants.store_id,
        platform_variants.kpi_date,
        platform_variants.variant,
        sum(platform_variants.amount) as amount

    from platform_variants
    inner join bridge_days
        on
            platform_variants.store_id = bridge_days.store_id
            and platform_variants.kpi_date = bridge_days.kpi_date
    group by
        platform_variants.store_id,
        platform_variants.kpi_date,
        platform_variants.variant

)

select * from platform_variant_days
