{{ config(materialized='table') }}

-- Business dates whose KPIs may change in this build: those of the rows about to be
-- replaced, as the marts still hold them, and those of the rows that replace them.
-- A new line's dates are its order's; a line taken back has only those it had.
-- Built before any fact. After a build that did not finish its dates stay, since nobody
-- knows which facts it had replaced.
{% set dated = [
    ('fct_orders', 'int_orders_dated', ['order_date', 'paid_date'], 'event_date'),
    ('fct_order_lines', none, ['order_date', 'paid_date'], 'event_date'),
    ('fct_refunds', 'int_refunds_dated', ['requested_date', 'refund_date'], 'event_date'),
    ('fct_sessions', 'int_sessions_dated', ['session_date'], 'event_date'),
    ('fct_stock_days', 'int_stock_summed_to_days', ['stock_date'], 'stock_date'),
    (
        'fct_competitor_prices',
        'int_competitor_prices_compared',
        ['capture_date'],
        'event_date',
    ),
] %}
with

dates as (

    {% for fact, rows, columns, day in dated %}
        {% for column in columns %}
            {% if rows %}
                select {{ column }} as kpi_date
                from {{ ref(rows) }}
                where {{ is_rebuilt(fact, day) }}
                union all
            {% endif %}
            {% if current_mart(fact) %}
                select {{ column }} as kpi_date
                from {{ current_mart(fact) }}
                where {{ is_rebuilt(fact) }}
                union all
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ dates_of_an_unfinished_build() }}

),

touched_dates as (

    select distinct kpi_date from dates
    where kpi_date is not null

)

select * from touched_dates
