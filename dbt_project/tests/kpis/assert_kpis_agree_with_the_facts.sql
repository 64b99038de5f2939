-- KPIs are what one gets from the facts directly. Written out by hand, not by the macros, on purpose;
-- whether a refund counts is asked of its order as it stands now.
-- A difference means that generated SQL counts something else than its definition
-- says, or that a date was not rebuilt when its facts were.
with

kpi_days as (

    select * from {{ ref('fct_kpi_daily') }}
    where dimension = 'all'

),

from_facts as (

    select
        'paid_orders' as kpi,
        store_id,
        paid_date as kpi_date,
        cast(count(*) as decimal(24, 4)) as expected
    from {{ ref('fct_orders') }}
    where is_paid and is_valid_order
    group by store_id, paid_date
    union all
    select
        'paid_gmv' as kpi,
        store_id,
        paid_date as kpi_date,
        sum(paid_amount) as expected
    from {{ ref('fct_orders') }}
    where is_paid and is_valid_order
    group by store_id, paid_date
    union all
    select
        'refund_value' as kpi,
        refunds.store_id,
        refunds.refund_date as kpi_date,
        sum(refunds.goods_amount) as expected
    from {{ ref('fct_refunds') }} as refunds
    left join {{ ref('fct_orders') }} as orders
        on refunds.order_key = orders.order_key
    where
        refunds.is_goods
        and refunds.refund_date is not null
        and (orders.order_key is null or (orders.is_paid and orders.is_valid_order))
    group by refunds.store_id, refunds.refund_date
    union all
    select
        'units_sold' as kpi,
        store_id,
        paid_date as kpi_date,
        sum(quantity) as expected
    from {{ ref('fct_order_lines') }}
    where is_paid and is_valid_order and is_goods
    group by store_id, paid_date
    union all
    select
        'visitors' as kpi,
        store_id,
        session_date as kpi_date,
        count(distinct visitor_id) as expected
    from {{ ref('fct_sessions') }}
    where not is_bot
    group by store_id, session_date

),

differences as (

    select
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.kpi_date,
        kpi_days.numerator,
        from_facts.expected
    from kpi_days
    left join from_facts
        on
            kpi_days.kpi = from_facts.kpi
            and kpi_days.store_id = from_facts.store_id
            and kpi_days.kpi_date = from_facts.kpi_date
    where
        kpi_days.kpi in (
            'paid_orders', 'paid_gmv', 'refund_value', 'units_sold', 'visitors'
        )
        and kpi_days.store_id <> 'all'
        and case
            when from_facts.kpi is null then kpi_days.numerator <> 0
            else kpi_days.numerator is distinct from from_facts.expected
        end

)

select * from differences
