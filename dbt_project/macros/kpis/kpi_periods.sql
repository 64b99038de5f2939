{# KPIs as their weeks and months are computed: what may be added up is added up from the days, which costs next
   to nothing compared with reading a year of facts again; the rest (people, percentiles, balances, what is not known
   without rows) is recomputed over the whole period. The rows expected have `numerator_of_days` and
   `denominator_of_days`, see kpi_days_added_up. #}
{% macro kpis_by_period(kpis) %}
    {%- set by_period = [] -%}
    {%- for kpi in kpis -%}
        {%- set numerator = kpi_part_by_period(kpi.numerator, 'numerator') -%}
        {%- set denominator = kpi_part_by_period(kpi.denominator, 'denominator') if kpi.denominator else none -%}
        {%- if kpi.kind == 'share' -%}
            {#- a share's denominator is the numerator of its total -#}
            {%- set denominator = dict(kpi.denominator, sql=numerator.sql) -%}
        {%- endif -%}
        {%- do by_period.append(dict(
            kpi, numerator=numerator, denominator=denominator,
            inputs=numerator.inputs + (denominator or {'inputs': []}).inputs
        )) -%}
    {%- endfor -%}
    {{ return(by_period) }}
{% endmacro %}


{% macro kpi_part_by_period(part, name) %}
    {%- for input in part.inputs
        if input.agg not in ['sum', 'sum_boolean', 'count'] or input.is_balance or input.is_unknown_without_rows -%}
        {{ return(part) }}
    {%- endfor -%}
    {{ return(dict(part, sql=name ~ '_of_days', inputs=[])) }}
{% endmacro %}


{# Sums over the days of a period, by the columns that identify a row of the table by periods. A day whose
   amount is unknown (money of all stores without a rate) makes that of the period unknown (R4), and so does one
   of which only a part is reported, though the day itself shows that part. Over CTEs with the rows of the days,
   with those of them that are awaited or not captured, and with a row per period and day. #}
{% macro kpi_days_added_up(kpi_days, days_in_part, days, key) %}
    select
        {%- for column in key %}
        {{ days }}.{{ column }},
        {%- endfor %}
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.dimension,
        kpi_days.member,
        {%- for part in ['numerator', 'denominator'] %}
        case
            when count(*) = count(kpi_days.{{ part }}) then sum(kpi_days.{{ part }})
        end as {{ part }}_of_days,
        {%- endfor %}
        {%- for name in ['is_awaited', 'is_not_captured'] %}
        max(case when in_part.{{ name }} then 1 else 0 end) = 1 as {{ name }}_on_a_day,
        max(
            case when in_part.{{ name }} and {{ days }}.kpi_date = {{ days }}.period_end then 1 else 0 end
        ) = 1 as {{ name }}_at_its_end{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ kpi_days }} as kpi_days
    inner join {{ days }}
        on kpi_days.kpi_date = {{ days }}.kpi_date
    left join {{ days_in_part }} as in_part
        on
            {%- for column in ['kpi_date', 'kpi', 'store_id', 'dimension', 'member'] %}
            kpi_days.{{ column }} = in_part.{{ column }}{{ ' and' if not loop.last }}
            {%- endfor %}
    group by
        {%- for column in key %}
        {{ days }}.{{ column }},
        {%- endfor %}
        kpi_days.kpi,
        kpi_days.store_id,
        kpi_days.dimension,
        kpi_days.member
{% endmacro %}
