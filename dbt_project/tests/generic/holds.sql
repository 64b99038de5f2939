{# A law of arithmetic or logic: gives the rows that break it. A null counts as broken. #}
{% test holds(model, law) %}
    select *
    from {{ model }}
    where not coalesce({{ law }}, false)
{% endtest %}
