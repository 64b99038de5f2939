-- Net sales of every day that was over for a day when the feeds had reached this far:
-- as soon as that, people take them for final.
with

as_of as (

    select * from {{ ref('int_kpi_as_of') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

kpi_days as (

    select * from {{ ref('int_kpi_daily') }}
    where
        kpi = 'net_sales'
        and dimension = 'all'
        and numerator is not null

),

with_moments as (

    select
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.kpi_date,
        kpi_days.currency,
        kpi_days.definition_id,
        kpi_days.numerator as value_now,
        as_of.as_of_at,
        {{ store_day_start(add_days('kpi_days.kpi_date', 2), 'stores.timezone') }}
            as settled_at

    from kpi_days
    inner join stores
        on kpi_days.store_id = stores.store_id
    cross join as_of

),

kpi_days_settled as (

    select * from with_moments
    where settled_at <= as_of_at

)

select * from kpi_days_settled
