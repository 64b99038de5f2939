{{ config(tags=['by_definition']) }}
{%- set kpis = kpi_definitions() -%}

with

kpis as (

    {%- for kpi in kpis %}
        {%- set meta = kpi.meta %}
        select
            {{ kpi_text(kpi.name) }} as kpi,
            {{ kpi_text(kpi.area) }} as area,
            {{ kpi_text(meta.code) }} as code,
            {{ kpi_text(kpi.label) }} as name_en,
            {{ kpi_text(meta.name_zh) }} as name_zh,
            {{ kpi_text(meta.unit) }} as unit,
            {{ kpi_text(meta.direction) }} as direction,
            {{ kpi_text(meta.stage) }} as stage,  -- noqa: RF04
            {{ kpi_text(kpi.date_basis | join(',')) }} as date_basis,
            {{ kpi_text(meta.alerts) }} as alerts,
            {{ kpi_text(kpi.kind) }} as kpi_kind,
            {{ kpi_text(kpi.numerator.says) }} as numerator,
            {{ kpi_text(kpi.denominator.says if kpi.denominator) }} as denominator,
            {{ kpi_text((['day', 'store'] + meta.slices) | join(',')) }} as grain,
            {{ kpi_text(kpi.feeds | join(',')) }} as feeds,
            {{ kpi_text(kpi.description) }} as description_en,
            {{ kpi_text(meta.description_zh) }} as description_zh,
            {{ kpi_text(meta.owner) }} as owner,  -- noqa: RF04
            {{ kpi_text(meta.why) }} as why,
            {{ kpi_text(kpi.definition_id) }} as definition_id,
            cast({{ meta.min_denominator or 'null' }} as double)
                as min_denominator,
            cast({{ meta.mature_after_days }} as {{ dbt.type_int() }})
                as mature_after_days,
            cast({{ meta.definition_version }} as {{ dbt.type_int() }})
                as definition_version,
            cast('{{ meta.valid_from }}' as date) as valid_from
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}

)

select * from kpis
