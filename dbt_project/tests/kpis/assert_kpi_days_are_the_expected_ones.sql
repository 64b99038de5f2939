-- Every expected row stands in fct_kpi_days once, made by today's definition, and no
-- other row does. A row here is missing, doubled or left over: the incremental build
-- lost track of a date.
with

expected as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        definition_id,
        1 as rows_expected,
        0 as rows_built
    from {{ ref('int_kpi_days_expected') }}

),

built as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        definition_id,
        0 as rows_expected,
        1 as rows_built
    from {{ ref('fct_kpi_days') }}

),

both_sides as (

    select * from expected
    union all
    select * from built

),

differences as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        definition_id,
        sum(rows_expected) as rows_expected,
        sum(rows_built) as rows_built
    from both_sides
    group by kpi_date, kpi, store_id, dimension, member, definition_id
    having sum(rows_expected) <> 1 or sum(rows_built) <> 1

)

select * from differences
