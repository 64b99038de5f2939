-- Which stores all stores together are on a day, so that days are compared of which
-- they are the same. A store counts that has a value, or nothing to divide by.
with

stores_counted as (

    select
        kpi_date,
        kpi,
        {{ sorted_list('store_id') }} as stores
    from {{ ref('fct_kpi_daily') }}
    where
        store_id <> 'all'
        and dimension = 'all'
        and (value is not null or denominator = 0)
    group by kpi_date, kpi

)

select * from stores_counted
