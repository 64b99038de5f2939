{# Who bought, as a key. The same person is another buyer in another store; a customer's number
   has nothing to do with an order's, so a word keeps the two kinds of key apart. #}


{# The key of a customer's account in a store. #}
{% macro account_key(store_id, customer_id) -%}
    {{ surrogate_key([store_id, "'account'", customer_id]) }}
{%- endmacro %}


{# The key of a guest: each order has one of its own, so that guests never become one customer. #}
{% macro guest_key(store_id, order_id) -%}
    {{ surrogate_key([store_id, "'guest'", order_id]) }}
{%- endmacro %}
