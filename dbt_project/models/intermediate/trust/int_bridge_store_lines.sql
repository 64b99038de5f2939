-- Every line of every bridge of a store's days, nothing where nothing happened.
with

bridge_days as (

    select * from {{ ref('int_bridge_daily') }}
    where store_id <> 'all'

),

lines as (

    select * from {{ ref('metric_bridge_lines') }}

),

amounts as (

    select * from {{ ref('int_bridge_amounts') }}

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
        coalesce(amounts.amount, 0) as amount

    from bridge_days
    cross join lines
    left join amounts
        on
            bridge_days.store_id = amounts.store_id
            and bridge_days.kpi_date = amounts.kpi_date
            and lines.variant = amounts.variant
            and lines.line = amounts.line

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
