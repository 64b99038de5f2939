-- Starts, differences and variants, together.
with

lines as (

    select * from {{ ref('metric_bridge_lines') }}

),

amounts as (

    select
        store_id,
        kpi_date,
        variant,
        line,
        amount
    from {{ ref('int_bridge_starts') }}
    union all
    select
        store_id,
        kpi_date,
        variant,
        line,
        amount
    from {{ ref('int_bridge_steps') }}
    union all
    select
        variant_days.store_id,
        variant_days.kpi_date,
        variant_days.variant,
        lines.line,
        variant_days.amount
    from {{ ref('int_platform_variant_daily') }} as variant_days
    inner join lines
        on variant_days.variant = lines.variant
    where lines.line_kind = 'variant'

),

amounts_summed as (

    select
        store_id,
        kpi_date,
        variant,
        line,
        sum(amount) as amount
    from amounts
    group by store_id, kpi_date, variant, line

)

select * from amounts_summed
