{{ config(**incremental_by_event_date()) }}

with

stock as (

    select * from {{ ref('int_stock_summed_to_days') }}
    where {{ is_rebuilt('fct_stock_daily', 'business_date') }}

),

stock_days as (

    select
        {{ surrogate_key(['store_id', 'sku', 'business_date']) }} as stock_key,
        store_id,
        sku,
        category,
        business_date,
        cast(on_hand as bigint) as on_hand,
        cast(reserved as bigint) as reserved,
        cast(available as bigint) as available,
        cast(in_transit as bigint) as in_transit,
        cast(damaged as bigint) as damaged,
        cast(case when available < 0 then -available else 0 end as bigint)
            as oversold,
        currency,
        -- where nothing lies, what a unit cost is still known
        cast(
            coalesce(stock_value / nullif(valued_units, 0), mean_unit_cost)
            as decimal(18, 4)
        ) as unit_cost,
        {{ amount('case when currency is not null then stock_value end') }}
            as stock_value,
        cast(
            case when currency is not null then coalesce(valued_units, 0) else 0 end
            as bigint
        ) as valued_units,
        is_live,
        coalesce(is_live and available <= 0, false) as is_out_of_stock,
        business_date as event_date

    from stock

)

select * from stock_days
