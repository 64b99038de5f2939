-- Every line of every bridge of a store's days, nothing where nothing happened.
with

bridge_days as (

    select * from {{ ref('int_bridge_daily') }}
    where store_id <> 'all'

),

lines as (

    select * from {{ ref('metric_bridge_lines') }}

),

platform_variants as (

    select * from {{ ref('int_platform_variants_of_orders') }}
    union all
    select * from {{ ref('int_platform_variants_of_goods') }}

),

-- Starts, differences and what platforms would show, together.
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
        platform_variants.store_id,
        platform_variants.kpi_date,
        platform_variants.variant,
        lines.line,
        platform_variants.amount
    from platform_variants
    inner join lines
        on platform_variants.variant = lines.variant
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

),

store_lines as (

    select
        bridge_days.store_id,
        bridge_days.kpi_date,
        lines.variant,
        lines.line_number,
        lines.line,
        lines.line_kind,
        bridge_days.currency,
        bridge_days.rate,
        coalesce(amounts_summed.amount, 0) as amount

    from bridge_days
    cross join lines
    left join amounts_summed
        on
            bridge_days.store_id = amounts_summed.store_id
            and bridge_days.kpi_date = amounts_summed.kpi_date
            and lines.variant = amounts_summed.variant
            and lines.line = amounts_summed.line

),

store_lines_in_both_currencies as (

    select
        store_id,
        kpi_date,
        variant,
        line_number,
        line,
        line_kind,
        currency,
        {{ amount('amount') }} as amount,
        case when amount = 0 then 0 else amount * rate end as amount_reporting
    from store_lines

)

select * from store_lines_in_both_currencies
