-- Our figure and the differences make the platform's, on every day of every store, to the
-- cent; in the reporting currency but for the half cent that each line is rounded by. A row here means that a difference has a cause no line names, or that a line
-- takes what its variant's definition does not.
with

bridge as (

    select * from {{ ref('fct_metric_bridge') }}

),

walked as (

    select
        store_id,
        kpi_date,
        variant,
        sum(case when line_kind <> 'variant' then amount end) as arrived_at,
        sum(case when line_kind = 'variant' then amount end) as variant_amount,
        sum(case when line_kind <> 'variant' then amount_reporting end)
            as arrived_at_reporting,
        sum(case when line_kind = 'variant' then amount_reporting end)
            as variant_reporting,
        count(amount_reporting) as known_lines,
        count(*) as all_lines
    from bridge
    group by store_id, kpi_date, variant

),

astray as (

    select * from walked
    where
        (store_id <> 'all' and arrived_at is distinct from variant_amount)
        or (
            known_lines = all_lines
            and abs(arrived_at_reporting - variant_reporting) > 0.005 * all_lines
        )

)

select * from astray
