-- What suppliers still owed of each SKU, from each day on which that changed. The feed
-- says when the last units of a line came in, not the ones before: until then all of
-- it was on order. A cancelled line is as if it had never been.
with

lines as (

    select * from {{ ref('fct_purchase_orders') }}
    where status <> 'cancelled'

),

changes as (

    select
        store_id,
        sku,
        ordered_date as changed_on,
        qty_ordered as units

    from lines

    union all

    select
        store_id,
        sku,
        received_date as changed_on,
        qty_awaited - qty_ordered as units

    from lines
    where received_date is not null

),

changes_by_day as (

    select
        store_id,
        sku,
        changed_on,
        sum(units) as units

    from changes
    group by store_id, sku, changed_on

),

units_on_order as (

    select
        store_id,
        sku,
        changed_on as known_from,
        coalesce(
            lead(changed_on) over (partition by store_id, sku order by changed_on),
            cast('9999-12-31' as date)
        ) as known_until,
        cast(
            sum(units) over (
                partition by store_id, sku order by changed_on
                rows between unbounded preceding and current row
            ) as bigint
        ) as on_order

    from changes_by_day

)

select * from units_on_order
