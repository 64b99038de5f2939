{{ config(**rebuilt_whole('business_date')) }}

with

settled as (

    select * from {{ ref('int_kpi_days_settled') }}

),

values_first_said as (

    select * from {{ ref('int_kpi_values_first_said') }}

),

side_by_side as (

    select
        settled.kpi,
        settled.store_id,
        settled.kpi_date,
        settled.currency,
        settled.value_now,
        coalesce(values_first_said.first_said, settled.value_now) as first_said,
        coalesce(values_first_said.first_said_at, settled.as_of_at) as first_said_at

    from settled
    left join values_first_said
        on
            settled.kpi = values_first_said.kpi
            and settled.store_id = values_first_said.store_id
            and settled.kpi_date = values_first_said.kpi_date

),

kpi_restatements as (

    select
        {{ surrogate_key(['kpi', 'store_id', 'kpi_date']) }} as restatement_key,
        kpi,
        store_id,
        kpi_date as business_date,
        currency,
        {{ amount('first_said') }} as first_said,
        first_said_at,
        {{ amount('value_now') }} as value_now,
        {{ amount('abs(value_now - first_said)') }} as restated_amount
    from side_by_side

)

select * from kpi_restatements
