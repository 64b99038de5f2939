{{ config(severity='warn') }}

with

stores as (

    select store_id from {{ ref('stg_stores') }}

),

rows_by_store as (

    {% for feed in counted_feeds() %}
    select
        '{{ feed }}' as feed,
        store_id,
        count(*) as rows_waiting
    from {{ source('accepted', feed) }}
    group by store_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

rows_waiting as (

    select rows_by_store.*
    from rows_by_store
    left join stores
        on rows_by_store.store_id = stores.store_id
    where stores.store_id is null

)

select * from rows_waiting
