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
