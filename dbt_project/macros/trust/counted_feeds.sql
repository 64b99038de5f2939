{# Written by `make feeds` from include/storepulse/feeds/feeds.yaml: edit that file. Feeds whose
   rows happen in a store on a day, and so can be expected and missed. #}
{% macro counted_feeds() %}
    {{ return([
        'orders',
        'order_lines',
        'refunds',
        'shipments',
        'purchase_orders',
        'experiments',
        'traffic',
        'inventory',
        'competitor_prices',
        'ads',
        'fees',
        'platform_reports',
        'checkouts',
        'tickets',
        'reviews',
    ]) }}
{% endmacro %}
