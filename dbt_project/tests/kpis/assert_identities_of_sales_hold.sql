-- The walks an analyst takes from one KPI of sales to another, on the same store, day
-- and member: net sales = gross sales - discounts - refunds; discounts = the merchant's
-- + the platform's; paid GMV = visitors x conversion x spend per buyer, factor by
-- factor; rates stand on the sales they name; who cancelled makes no more than all that
-- was cancelled; more days have no fewer refunds.
-- Of all stores only days of which every store is known are compared, for each KPI counts
-- those that it is known of; each of their amounts is rounded to the cent by itself.
-- A row here means that two definitions of the same thing have drifted apart.
{%- set above = [
    'paid_gmv', 'gross_sales', 'discounts', 'discounts_merchant', 'discounts_platform',
    'net_sales', 'refund_value', 'visitors', 'payment_conversion', 'spend_per_buyer',
    'discount_rate', 'merchant_discount_rate', 'platform_discount_rate',
    'refund_rate_7d', 'refund_rate_15d', 'refund_rate_30d', 'cancellation_rate',
    'cancellation_rate_by_buyer', 'cancellation_rate_by_seller',
    'cancellation_rate_by_system', 'payment_success_rate', 'valid_orders'
] %}
{%- set below = [
    'payment_conversion', 'spend_per_buyer', 'discount_rate', 'refund_rate',
    'refund_rate_7d', 'refund_rate_15d', 'refund_rate_30d', 'cancellation_rate',
    'payment_success_rate'
] %}
with

kpi_days as (

    select * from {{ ref('fct_kpi_daily') }}
    where
        {{ is_republished() }}
        and coalesce(stores_counted = stores_expected, true)

),

side_by_side as (

    select
        {% for kpi in above %}
            max(case when kpi = '{{ kpi }}' then numerator end) as {{ kpi }},
        {% endfor %}
        {% for kpi in below %}
            max(case when kpi = '{{ kpi }}' then denominator end) as {{ kpi }}_base,
        {% endfor %}
        kpi_date,
        store_id,
        dimension,
        member,
        case when store_id = 'all' then 0.02 else 0 end as cents
    from kpi_days
    group by kpi_date, store_id, dimension, member

),

broken as (

    select * from side_by_side
    where
        abs(net_sales - gross_sales + discounts + refund_value) > cents
        or abs(discounts - discounts_merchant - discounts_platform) > cents
        or visitors <> payment_conversion_base
        or payment_conversion <> spend_per_buyer_base
        or spend_per_buyer <> paid_gmv
        or discount_rate <> discounts
        or merchant_discount_rate <> discounts_merchant
        or platform_discount_rate <> discounts_platform
        or discount_rate_base <> gross_sales
        or refund_rate_base <> paid_gmv
        or refund_rate_7d_base <> paid_gmv
        or refund_rate_15d_base <> paid_gmv
        or refund_rate_30d_base <> paid_gmv
        or refund_rate_7d > refund_rate_15d
        or refund_rate_15d > refund_rate_30d
        or cancellation_rate_by_buyer
        + cancellation_rate_by_seller
        + cancellation_rate_by_system
        > cancellation_rate
        or valid_orders > cancellation_rate_base
        or payment_success_rate > payment_success_rate_base
        or payment_success_rate_base > cancellation_rate_base

)

select * from broken
