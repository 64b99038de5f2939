{{ config(**rebuilt_whole('start_date')) }}

with

orders as (

    select
        *,
        {{ dbt.dateadd('hour', 24, 'starts_at') }} as due_24h_at,
        {{ dbt.dateadd('hour', 48, 'starts_at') }} as due_48h_at,
        coalesce(
            promised_ship_at,
            {{ dbt.dateadd('hour', var('ship_promise_hours'), 'starts_at') }}
        ) as ship_due_at,
        -- shipped or cancelled, whichever came first
        case
            when cancelled_at is null or shipped_at <= cancelled_at then shipped_at
            else cancelled_at
        end as left_backlog_at,
        cancelled_at is not null
        and (shipped_at is null or shipped_at > cancelled_at)
            as is_cancelled_first

    from {{ ref('int_orders_to_ship') }}

),

orders_validity as (

    select
        order_key,
        store_id,
        order_id,
        warehouse_id,
        pay_type,
        is_presale,
        cast(parcels as integer) as parcels,
        due_24h_at <= parcels_known_until
        and not (is_cancelled_first and cancelled_at <= due_24h_at) as is_due_24h,
        coalesce(scanned_at <= due_24h_at, false) as is_scanned_within_24h,
        due_48h_at <= parcels_known_until
        and not (is_cancelled_first and cancelled_at <= due_48h_at) as is_due_48h,
        coalesce(scanned_at <= due_48h_at, false) as is_scanned_within_48h,
        shipped_at is not null as is_shipped,
        case
            when shipped_at >= starts_at
                then cast(
                    {{ elapsed_seconds('starts_at', 'shipped_at') }} / 3600.0
                    as decimal(18, 4)
                )
        end as hours_to_ship,
        starts_at,
        ship_due_at,
        shipped_at,
        scanned_at,
        cancelled_at,
        {{ store_local_date('starts_at', 'timezone') }} as start_date,
        {{ store_local_date('shipped_at', 'timezone') }} as shipped_date,
        {{ store_local_date('left_backlog_at', 'timezone') }} as left_backlog_date

    from orders

)

select * from orders_validity
