-- For each store, accepted parcels and fct_shipments agree in number and freight, over
-- the days this build replaced. A difference means that looking up stores or rates
-- dropped or doubled parcels.
with

accepted_and_built as (

    select
        shipments.store_id,
        1 as parcel_count,
        coalesce(shipments.freight_cost, 0) as freight_cost
    from {{ ref('stg_shipments') }} as shipments
    inner join {{ ref('stg_stores') }} as stores
        on shipments.store_id = stores.store_id
    where {{ is_rebuilt('fct_shipments', 'shipments.event_date') }}

    union all

    select
        store_id,
        -1 as parcel_count,
        -coalesce(freight_cost, 0) as freight_cost
    from {{ ref('fct_shipments') }}
    where {{ is_rebuilt('fct_shipments') }}

),

differences as (

    select
        store_id,
        sum(parcel_count) as parcels_missing,
        sum(freight_cost) as freight_cost_missing
    from accepted_and_built
    group by store_id
    having sum(parcel_count) <> 0 or sum(freight_cost) <> 0

)

select * from differences
