-- Every expected row stands in fct_kpi_daily once, made by today's definition, and no
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
        definition_id
    from {{ ref('int_kpi_days_expected') }}

),

built as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        definition_id
    from {{ ref('fct_kpi_daily') }}

),

-- A row that is left over in place of one that is missing shows as well: a fingerprint
-- of the rows of each date is compared, and only where it differs, rows one by one.
dates_that_differ as (
    {{ groups_that_differ('expected', 'built', {'kpi_date': 'kpi_date'}) }}
),

both_sides as (

    select
        *,
        1 as rows_expected,
        0 as rows_built
    from expected
    where kpi_date in (select dates_that_differ.kpi_date from dates_that_differ)
    union all
    select
        *,
        0 as rows_expected,
        1 as rows_built
    from built
    where kpi_date in (select dates_that_differ.kpi_date from dates_that_differ)

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
