-- Every expected row stands in fct_kpi_periods once, made by today's definition, and no
-- other row does. A row here is missing, doubled or left over: the incremental build
-- lost track of a week or a month.
with

expected as (

    select
        grain,
        period_start,
        kpi,
        store_id,
        dimension,
        member,
        definition_id,
        1 as rows_expected,
        0 as rows_built
    from {{ ref('int_kpi_periods_expected') }}

),

built as (

    select
        grain,
        period_start,
        kpi,
        store_id,
        dimension,
        member,
        definition_id,
        0 as rows_expected,
        1 as rows_built
    from {{ ref('fct_kpi_periods') }}

),

both_sides as (

    select * from expected
    union all
    select * from built

),

differences as (

    select
        grain,
        period_start,
        kpi,
        store_id,
        dimension,
        member,
        definition_id
    from both_sides
    group by
        grain, period_start, kpi, store_id, dimension, member, definition_id
    having sum(rows_expected) <> 1 or sum(rows_built) <> 1

)

select * from differences
