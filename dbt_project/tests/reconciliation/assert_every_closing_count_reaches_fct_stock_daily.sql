-- For each store, the last counts of all warehouses and fct_stock_daily agree in units,
-- over the days this build replaced. A difference means that summing or looking up
-- products dropped or doubled stock.
with

accepted_and_built as (

    select
        store_id,
        on_hand,
        available
    from {{ ref('int_inventory_ranked') }}
    where
        count_rank = 1
        and {{ is_rebuilt('fct_stock_daily', 'business_date') }}

    union all

    select
        store_id,
        -on_hand as on_hand,
        -available as available
    from {{ ref('fct_stock_daily') }}
    where {{ is_rebuilt('fct_stock_daily') }}

),

differences as (

    select
        store_id,
        sum(on_hand) as on_hand_missing,
        sum(available) as available_missing
    from accepted_and_built
    group by store_id
    having sum(on_hand) <> 0 or sum(available) <> 0

)

select * from differences
