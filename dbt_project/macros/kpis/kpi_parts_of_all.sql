{# The KPIs are counted in four parts, by area: what all of them aggregate at once does not fit into the memory
   of a small machine, however few rows there are. A new area is counted with the rest. In a unit test every
   part has all KPIs. #}
{% macro kpis_of(part) %}
    {%- set areas_by_part = {
        'sales': ['sales', 'profit', 'customers'],
        'visits': ['traffic', 'conversion', 'marketing'],
        'goods': ['merchandise', 'competition', 'inventory'],
    } -%}
    {%- set kpis = kpi_definitions() -%}
    {%- if not execute or model.config.materialized == 'unit' -%}
        {{ return(kpis) }}
    {%- elif part in areas_by_part -%}
        {{ return(kpis | selectattr('area', 'in', areas_by_part[part]) | list) }}
    {%- endif -%}
    {{ return(kpis | rejectattr('area', 'in', areas_by_part.values() | sum(start=[])) | list) }}
{% endmacro %}


{# Whether a row is of one of them. #}
{% macro is_kpi_of(kpis) -%}
    kpi in ('{{ kpis | map(attribute='name') | join("', '") }}')
{%- endmacro %}


{# The KPIs of a part on the dates that this build replaces. #}
{% macro kpi_days_of(part) %}
{%- set kpis = kpis_of(part) | rejectattr('is_progress') | list -%}
{%- do wait_for_kpi_facts() %}
with

dates_rebuilt as (

    select kpi_date from {{ ref('int_kpi_dates_rebuilt') }}

),

kpi_days_expected as (

    select * from {{ ref('int_kpi_days_expected') }}
    where
        {{ is_kpi_of(kpis) }}
        and kpi_date in (select dates_rebuilt.kpi_date from dates_rebuilt)

),

{{ kpi_input_steps(kpis, 'dates_rebuilt', ref('int_kpi_people_days')) }}

{{ kpi_value_steps(kpis, 'kpi_days_expected') }}

select * from kpi_values
{% endmacro %}


{# The KPIs of a part in the weeks and months that this build replaces. #}
{% macro kpi_periods_of(part) %}
{%- set kpis = kpis_by_period(kpis_of(part)) -%}
{%- set key = ['grain', 'period_start'] -%}
{%- do wait_for_kpi_facts() -%}
{%- do wait_for_kpi_facts(of_progress=true) %}
with

days_rebuilt as (

    select * from {{ ref('int_kpi_period_days_rebuilt') }}

),

kpi_days as (

    select * from {{ ref('fct_kpi_daily') }}
    where {{ is_kpi_of(kpis) }}

),

days_in_part as (

    select
        kpi_date,
        kpi,
        store_id,
        dimension,
        member,
        is_awaited,
        is_not_captured
    from {{ ref('int_kpi_days_expected') }}
    where
        {{ is_kpi_of(kpis) }}
        and (is_awaited or is_not_captured)
        and kpi_date in (select days_rebuilt.kpi_date from days_rebuilt)

),

days_added_up as (
    {{ kpi_days_added_up('kpi_days', 'days_in_part', 'days_rebuilt', key) }}
),

day_parts as (

    select
        days_rebuilt.grain,
        days_rebuilt.period_start,
        days_rebuilt.kpi_date = days_rebuilt.period_end as is_last_day,
        kpi_days.*
    from kpi_days
    inner join days_rebuilt
        on kpi_days.kpi_date = days_rebuilt.kpi_date
    where kpi_days.store_id <> 'all'

),

kpi_periods_expected as (

    select
        expected.*,
        days_added_up.numerator_of_days,
        days_added_up.denominator_of_days,
        case
            when expected.numerator_is_balance or expected.denominator_is_balance
                then days_added_up.is_awaited_at_its_end
            else days_added_up.is_awaited_on_a_day
        end as is_awaited,
        true as is_one_sided,
        case
            when expected.numerator_is_balance or expected.denominator_is_balance
                then days_added_up.is_not_captured_at_its_end
            else days_added_up.is_not_captured_on_a_day
        end as is_not_captured
    from {{ ref('int_kpi_periods_expected') }} as expected
    inner join {{ ref('int_kpi_periods_rebuilt') }} as periods_rebuilt
        on
            expected.grain = periods_rebuilt.grain
            and expected.period_start = periods_rebuilt.period_start
    left join days_added_up
        on
            expected.grain = days_added_up.grain
            and expected.period_start = days_added_up.period_start
            and expected.kpi = days_added_up.kpi
            and expected.store_id = days_added_up.store_id
            and expected.dimension = days_added_up.dimension
            and expected.member = days_added_up.member
    where expected.{{ is_kpi_of(kpis) }}

),

{{ kpi_input_steps(kpis, 'days_rebuilt', ref('int_kpi_people_periods'), key) }}

{{ kpi_value_steps(kpis, 'kpi_periods_expected', key, day_parts='day_parts') }}

select * from kpi_values
{% endmacro %}
