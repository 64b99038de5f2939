-- What lies in quarantine of each store, feed and day. A row that was delivered again
-- and refused again is one row, as its last version has it.
with

refused_rows as (

    select
        *,
        concat_ws('|', window_id, cast(position as {{ dbt.type_string() }})) as place
    from {{ ref('int_refused_rows_dated') }}

),

refused_in_order as (

    select
        *,
        row_number() over (
            partition by feed, source_name, store_id, coalesce(row_key, place)
            order by window_id desc, position desc
        ) as recency
    from refused_rows

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

in_store_currency as (

    select
        refused_in_order.store_id,
        refused_in_order.feed,
        refused_in_order.business_date,
        {{ in_store_currency(
            'refused_in_order.amount', 'refused_in_order.currency', 'refused_in_order.store_currency',
            'own_rates.rate', 'store_rates.rate'
        ) }} as amount

    from refused_in_order
    left join exchange_rates as own_rates
        on
            refused_in_order.currency = own_rates.currency
            and refused_in_order.business_date >= own_rates.valid_from
            and refused_in_order.business_date < own_rates.valid_to
    left join exchange_rates as store_rates
        on
            refused_in_order.store_currency = store_rates.currency
            and refused_in_order.business_date >= store_rates.valid_from
            and refused_in_order.business_date < store_rates.valid_to
    where refused_in_order.recency = 1

),

refused_rows_summed as (

    select
        store_id,
        feed,
        business_date,
        count(*) as rows_quarantined,
        sum(amount) as amount_refused
    from in_store_currency
    group by store_id, feed, business_date

)

select * from refused_rows_summed
