{{ config(**incremental_by_kpi_date('int_comparison_dates_rebuilt')) }}
{%- set references = ['day_before', 'week_before', 'year_before'] %}

with

kpi_days as (

    select
        numbers.*,
        counted.stores
    from {{ ref('fct_kpi_daily') }} as numbers
    left join {{ ref('int_kpi_stores_counted') }} as counted
        on
            numbers.store_id = 'all'
            and numbers.kpi_date = counted.kpi_date
            and numbers.kpi = counted.kpi

),

kpi_days_rebuilt as (

    select * from kpi_days
    {% if is_incremental() -%}
        where kpi_date in (
            select dates.kpi_date
            from {{ ref('int_comparison_dates_rebuilt') }} as dates
        )
    {%- endif %}

),

reference_dates as (

    select * from {{ ref('dim_reference_dates') }}

),

side_by_side as (

    select
        kpi_days_rebuilt.*,
        reference_dates.day_before,
        reference_dates.week_before,
        reference_dates.year_before,
        reference_dates.aligned_event_en,
    {%- for reference in references %}
        {{ reference }}_days.value as {{ reference }}_value,
        {{ reference }}_days.stores as {{ reference }}_stores,
        {{ reference }}_days.stores_counted as {{ reference }}_stores_counted
        {{- ',' if not loop.last }}
    {%- endfor %}

    from kpi_days_rebuilt
    inner join reference_dates
        on
            kpi_days_rebuilt.store_id = reference_dates.store_id
            and kpi_days_rebuilt.kpi_date = reference_dates.kpi_date
    {%- for reference in references %}
        left join kpi_days as {{ reference }}_days
            on
                reference_dates.{{ reference }} = {{ reference }}_days.kpi_date
                and kpi_days_rebuilt.kpi = {{ reference }}_days.kpi
                and kpi_days_rebuilt.store_id = {{ reference }}_days.store_id
                and kpi_days_rebuilt.dimension = {{ reference }}_days.dimension
                and kpi_days_rebuilt.member = {{ reference }}_days.member
    {%- endfor %}

),

comparisons as (

    select
        kpi,
        store_id,
        dimension,
        member,
        value,
        currency,
        {%- for reference in references %}
            {{ reference }},
            {{ reference }}_value,
            case
                when
                    coalesce({{ reference }}_stores, '') = coalesce(stores, '')
                    and coalesce({{ reference }}_stores_counted, 0)
                    = coalesce(stores_counted, 0)
                    then
                        (value - {{ reference }}_value)
                        / nullif(abs({{ reference }}_value), 0)
            end as {{ reference }}_change,
        {%- endfor %}
        aligned_event_en as year_before_event,
        kpi_date

    from side_by_side

)

select * from comparisons
