{{ config(**rebuilt_whole('business_date')) }}

with

settled as (

    select * from {{ ref('int_kpi_days_settled') }}

),

first_published_values as (

    select * from {{ ref('int_kpi_first_published_values') }}

),

side_by_side as (

    select
        settled.kpi,
        settled.store_id,
        settled.kpi_date,
        settled.currency,
        settled.value_now,
        coalesce(first_published_values.first_published, settled.value_now)
            as first_published,
        coalesce(first_published_values.first_published_at, settled.as_of_at)
            as first_published_at

    from settled
    left join first_published_values
        on
            settled.kpi = first_published_values.kpi
            and settled.store_id = first_published_values.store_id
            and settled.kpi_date = first_published_values.kpi_date

),

kpi_restatements as (

    select
        {{ surrogate_key(['kpi', 'store_id', 'kpi_date']) }} as restatement_key,
        kpi,
        store_id,
        kpi_date as business_date,
        currency,
        {{ amount('first_published') }} as first_published,
        first_published_at,
        {{ amount('value_now') }} as value_now,
        {{ amount('abs(value_now - first_published)') }} as restated_amount
    from side_by_side

)

select * from kpi_restatements
