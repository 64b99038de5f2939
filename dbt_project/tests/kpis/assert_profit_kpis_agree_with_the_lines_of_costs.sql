-- Each margin is the one above it less its lines in fct_costs, for every store, day and
-- channel, to the cent: CM1 = gross profit - order costs, CM2 = CM1 - ads, CM3 = CM2 -
-- storage. Gross profit is net sales less cost of goods, net sales are gross sales less
-- discounts less refunds, both from the facts.
-- A row here means that two definitions of the same thing have drifted apart.
with

kpi_days as (

    select
        kpi_date,
        store_id,
        dimension,
        member,
        max(case when kpi = 'gross_sales' then numerator end) as gross_sales,
        max(case when kpi = 'refund_value' then numerator end) as refund_value,
        max(case when kpi = 'net_sales' then numerator end) as net_sales,
        max(case when kpi = 'cogs' then numerator end) as cogs,
        max(case when kpi = 'gross_profit' then numerator end) as gross_profit,
        max(case when kpi = 'gross_margin' then denominator end) as costed_net_sales,
        max(case when kpi = 'contribution_1' then numerator end) as contribution_1,
        max(case when kpi = 'contribution_2' then numerator end) as contribution_2,
        max(case when kpi = 'contribution_3' then numerator end) as contribution_3
    from {{ ref('fct_kpi_daily') }}
    where store_id <> 'all' and dimension in ('all', 'channel')
    group by kpi_date, store_id, dimension, member

),

amounts as (

    select
        store_id,
        coalesce(channel, 'unknown') as channel,
        paid_date as kpi_date,
        'discounts' as line,
        discount_amount as amount
    from {{ ref('fct_order_lines') }}
    where is_goods and is_paid and is_valid_order
    union all
    select
        store_id,
        coalesce(channel, 'unknown') as channel,
        cost_date as kpi_date,
        lowers_from as line,
        amount
    from {{ ref('fct_costs') }}

),

lines as (

    select
        kpi_date,
        store_id,
        case when grouping(channel) = 0 then 'channel' else 'all' end as dimension,
        coalesce(channel, 'all') as member,
        sum(case when line = 'discounts' then amount else 0 end) as discounts,
        sum(case when line = 'gross_profit' then amount else 0 end) as goods,
        sum(case when line = 'contribution_1' then amount else 0 end) as order_costs,
        sum(case when line = 'contribution_2' then amount else 0 end) as ads,
        sum(case when line = 'contribution_3' then amount else 0 end) as storage
    from amounts
    group by grouping sets ((kpi_date, store_id, channel), (kpi_date, store_id))

),

broken as (

    select kpi_days.*
    from kpi_days
    left join lines
        on
            kpi_days.kpi_date = lines.kpi_date
            and kpi_days.store_id = lines.store_id
            and kpi_days.dimension = lines.dimension
            and kpi_days.member = lines.member
    where
        kpi_days.net_sales
        <> kpi_days.gross_sales - coalesce(lines.discounts, 0) - kpi_days.refund_value
        or kpi_days.cogs <> coalesce(lines.goods, 0)
        or kpi_days.gross_profit <> kpi_days.costed_net_sales - kpi_days.cogs
        or kpi_days.contribution_1
        <> kpi_days.gross_profit - coalesce(lines.order_costs, 0)
        or kpi_days.contribution_2 <> kpi_days.contribution_1 - coalesce(lines.ads, 0)
        or kpi_days.contribution_3 <> kpi_days.contribution_2 - coalesce(lines.storage, 0)

)

select * from broken
