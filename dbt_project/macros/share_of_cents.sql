{# Whole cents of `cents` that fall to `weight` out of `total`, rounded down; exact in integers wide
   enough for any product of two amounts. #}
{% macro share_of_cents(cents, weight, total) -%}
    {{ adapter.dispatch('share_of_cents', 'storepulse')(cents, weight, total) }}
{%- endmacro %}


{% macro duckdb__share_of_cents(cents, weight, total) -%}
    (cast({{ cents }} as hugeint) * {{ weight }} // {{ total }})
{%- endmacro %}


{% macro spark__share_of_cents(cents, weight, total) -%}
    (cast({{ cents }} as decimal(38, 0)) * {{ weight }} div {{ total }})
{%- endmacro %}


{% macro left_over_cents(cents, weight, total) -%}
    {{ adapter.dispatch('left_over_cents', 'storepulse')(cents, weight, total) }}
{%- endmacro %}


{% macro default__left_over_cents(cents, weight, total) -%}
    (cast({{ cents }} as {{ wide_integer() }}) * {{ weight }} % {{ total }})
{%- endmacro %}


{% macro wide_integer() -%}
    {{ adapter.dispatch('wide_integer', 'storepulse')() }}
{%- endmacro %}


{% macro duckdb__wide_integer() -%} hugeint {%- endmacro %}


{% macro spark__wide_integer() -%} decimal(38, 0) {%- endmacro %}
