-- For each store, page views and product views are as many in the events as in
-- fct_sessions, over the days this build replaced. A difference means that an event is
-- in no session, or in two.
with

accepted_and_built as (

    select
        events.store_id,
        case when events.event_type = 'page_view' then 1 else 0 end as page_views,
        case when events.event_type = 'product_view' then 1 else 0 end
            as product_views
    from {{ ref('int_traffic_sessionized') }} as events
    inner join {{ ref('stg_stores') }} as stores
        on events.store_id = stores.store_id
    where {{ is_rebuilt('fct_sessions', 'events.session_event_date') }}

    union all

    select
        store_id,
        -page_views as page_views,
        -product_views as product_views
    from {{ ref('fct_sessions') }}
    where {{ is_rebuilt('fct_sessions') }}

),

differences as (

    select
        store_id,
        sum(page_views) as page_views_missing,
        sum(product_views) as product_views_missing
    from accepted_and_built
    group by store_id
    having sum(page_views) <> 0 or sum(product_views) <> 0

)

select * from differences
