-- Amounts of a store are added up as they are. One in another currency than the
-- store's would be taken for as much of the store's: 10 dollars for 10 yuan. So a
-- store's currency changes together with all that was accepted of it, or not at all: a
-- shop that gives up its currency goes on under another store_id.
with

amounts as (

    select
        'fct_orders' as fact,
        store_id,
        currency,
        order_date as amount_date
    from {{ ref('fct_orders') }}
    union all
    select
        'fct_order_lines' as fact,
        store_id,
        currency,
        order_date as amount_date
    from {{ ref('fct_order_lines') }}
    union all
    select
        'fct_refunds' as fact,
        store_id,
        currency,
        requested_date as amount_date
    from {{ ref('fct_refunds') }}
    union all
    select
        'fct_stock_daily' as fact,
        store_id,
        currency,
        business_date as amount_date
    from {{ ref('fct_stock_daily') }}
    where stock_value is not null

)

select
    amounts.fact,
    amounts.store_id,
    stores.currency as currency_of_the_store,
    amounts.currency,
    count(*) as amounts,
    min(amounts.amount_date) as first_date,
    max(amounts.amount_date) as last_date
from amounts
inner join {{ ref('dim_stores') }} as stores
    on amounts.store_id = stores.store_id
where amounts.currency <> stores.currency
group by amounts.fact, amounts.store_id, stores.currency, amounts.currency
