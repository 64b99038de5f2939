-- Product page views by visitor and store-local day, bots excluded. Such a day may
-- hold events of two UTC days, so the partition is the local day itself.
with

views as (

    select
        store_id,
        sku,
        visitor_id,
        user_agent,
        occurred_at

    from {{ ref('stg_traffic') }}
    where
        event_type = 'product_view'
        and sku is not null

),

stores as (

    select * from {{ ref('stg_stores') }}

),

views_by_visitor as (

    select
        views.store_id,
        views.sku,
        views.visitor_id,
        views.user_agent,
        {{ store_local_date('views.occurred_at', 'stores.timezone') }} as business_date,
        count(*) as product_views

    from views

    inner join stores
        on views.store_id = stores.store_id

    group by
        views.store_id,
        views.sku,
        views.visitor_id,
        views.user_agent,
        {{ store_local_date('views.occurred_at', 'stores.timezone') }}

),

bot_user_agents as (

    select * from {{ ref('int_bot_user_agents') }}

),

views_summed as (

    select
        views_by_visitor.store_id,
        views_by_visitor.sku,
        views_by_visitor.business_date,
        sum(views_by_visitor.product_views) as product_views,
        count(distinct views_by_visitor.visitor_id) as visitors

    from views_by_visitor

    left join bot_user_agents
        on views_by_visitor.user_agent = bot_user_agents.user_agent

    where bot_user_agents.user_agent is null

    group by
        views_by_visitor.store_id,
        views_by_visitor.sku,
        views_by_visitor.business_date

)

select * from views_summed
