{{ config(**rebuilt_whole('kpi_date')) }}

with

store_lines as (

    select * from {{ ref('int_bridge_store_lines') }}

),

days_of_all_stores as (

    select * from {{ ref('int_bridge_daily') }}
    where store_id = 'all'

),

-- One amount whose worth is not known makes the whole walk unknown, not smaller.
store_lines_with_doubt as (

    select
        *,
        max(case when amount_reporting is null then 1 else 0 end) over (
            partition by kpi_date, variant
        ) as is_in_doubt
    from store_lines

),

lines_of_all_stores as (

    select
        'all' as store_id,
        with_doubt.kpi_date,
        with_doubt.variant,
        with_doubt.line_number,
        with_doubt.line,
        with_doubt.line_kind,
        case
            when max(with_doubt.is_in_doubt) = 0
                then round(sum(with_doubt.amount_reporting), 2)
        end as amount,
        days_of_all_stores.currency

    from store_lines_with_doubt as with_doubt
    inner join days_of_all_stores
        on with_doubt.kpi_date = days_of_all_stores.kpi_date
    group by
        with_doubt.kpi_date,
        with_doubt.variant,
        with_doubt.line_number,
        with_doubt.line,
        with_doubt.line_kind,
        days_of_all_stores.currency

),

metric_bridge as (

    select
        store_id,
        kpi_date,
        variant,
        line_number,
        line,
        line_kind,
        amount,
        currency,
        {{ amount('round(amount_reporting, 2)') }} as amount_reporting
    from store_lines
    union all
    select
        store_id,
        kpi_date,
        variant,
        line_number,
        line,
        line_kind,
        {{ amount('amount') }} as amount,
        currency,
        {{ amount('amount') }} as amount_reporting
    from lines_of_all_stores

)

select * from metric_bridge
