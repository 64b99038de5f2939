{# Before a full build: drops the tables and views of models that were renamed or removed since the last one. They
   would stand in the warehouse as they were, and be published. #}
{% macro drop_former_models() %}
    {% if execute and flags.WHICH in ['build', 'run'] and worklist().full %}
        {% set built = [] %}
        {% for node in graph.nodes.values() if node.resource_type in ['model', 'seed'] %}
            {% do built.extend([node.alias, last_build_of(node.alias).identifier]) %}
        {% endfor %}
        {% for schema in ['staging', 'intermediate', 'marts'] %}
            {% set place = api.Relation.create(database=target.database, schema=generate_schema_name(schema, none)) %}
            {% for name in list_relations_without_caching(place).columns['name'].values() if name not in built %}
                {% do adapter.drop_relation(adapter.get_relation(place.database, place.schema, name)) %}
            {% endfor %}
        {% endfor %}
        {% do adapter.commit() %}
    {% endif %}
{% endmacro %}
