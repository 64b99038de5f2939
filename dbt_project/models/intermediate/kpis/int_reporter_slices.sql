-- In which slices somebody who reports was seen on which days. Rows of stock name no
-- warehouse: each is taken to be in all of them.
{%- set seen = [
    ('ads', 'fct_ads', 'report_date', 'ad_platform'),
    ('ads', 'fct_ads', 'report_date', 'channel'),
    ('competitor_prices', 'fct_competitor_prices', 'capture_date', 'competitor'),
    ('competitor_prices', 'fct_competitor_prices', 'capture_date', 'category'),
] -%}
{%- do check_reporter_slices(
    [('inventory', 'category'), ('platform_reports', 'variant')], seen
) %}
with

slices as (

    {% for feed, fact, day, slice in seen %}
        select distinct
            store_id,
            '{{ feed }}' as feed,
            {{ reporter(feed, fact) }} as reporter,
            '{{ slice }}' as dimension,
            {{ kpi_member(slice) }} as member,
            {{ day }} as shown_on
        from {{ ref(fact) }}
        union all
    {% endfor %}
    select distinct
        store_id,
        'inventory' as feed,
        cast(null as {{ dbt.type_string() }}) as reporter,
        'category' as dimension,
        {{ kpi_member('category') }} as member,
        business_date as shown_on
    from {{ ref('fct_stock_daily') }}
    union all
    select distinct
        store_id,
        feed,
        reporter,
        'variant' as dimension,
        reporter as member,
        business_date as shown_on
    from {{ ref('int_feed_rows') }}
    where feed = 'platform_reports'

)

select * from slices
