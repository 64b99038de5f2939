{# An amount in the currency of its store, by way of the reporting currency when it was charged in another
   one: an advertising account may be billed in dollars while its shop sells in euros. Null, never the
   bare figure, when a rate is missing. #}
{% macro in_store_currency(amount, currency, store_currency, rate, store_rate) -%}
    cast(
        case
            when {{ currency }} = {{ store_currency }} then {{ amount }}
            else round({{ amount }} * {{ rate }} / {{ store_rate }}, 2)
        end as decimal(18, 2)
    )
{%- endmacro %}


{# Joins what one unit of `currency` was worth on `day` in the reporting currency, as `<alias>.rate`; null
   when no rate of that day or the seven before it is known. #}
{% macro join_exchange_rates(alias, currency, day) %}
    left join {{ ref('int_exchange_rates') }} as {{ alias }}
        on
            {{ currency }} = {{ alias }}.currency
            and {{ day }} >= {{ alias }}.valid_from
            and {{ day }} < {{ alias }}.valid_to
{%- endmacro %}
