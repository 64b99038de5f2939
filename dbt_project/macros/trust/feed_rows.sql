{# Counted feeds some of whose rows are tests, bots or count for nothing, which is known of their facts only. #}
{% macro feeds_filtered_by_facts() %}
    {{ return(['orders', 'order_lines', 'refunds', 'traffic']) }}
{% endmacro %}


{# Counted feeds whose rows carry money, by the feed registry. #}
{% macro counted_feeds_with_money() %}
    {%- set found = [] -%}
    {%- for feed in counted_feeds() if not execute or worklist().feeds[feed].has_money -%}
        {%- do found.append(feed) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{% macro is_one_of_feeds(column, feeds) -%}
    {{ column }} in ('{{ feeds | join("', '") }}')
{%- endmacro %}


{# Who within a store a row of a feed is a report of, as one text; null in feeds whose rows are events. #}
{% macro reporter(feed, rows) -%}
    {%- set columns = worklist().feeds[feed].reported_by if execute else [] -%}
    {%- set named = [] -%}
    {%- for column in columns -%}
        {%- do named.append(rows ~ '.' ~ column) -%}
    {%- endfor -%}
    {{ named | join(" || '/' || ") or 'cast(null as ' ~ dbt.type_string() ~ ')' }}
{%- endmacro %}


{# A select of store_id, feed, reporter, event_date, business_date, rows_accepted and rows_late over what each of the
   counted feeds has accepted: different keys, however often and in how many windows they were delivered. Late are
   those that first arrived in a window that begins after the day was over. CTE `stores` knows the zones. #}
{% macro counted_feed_rows() %}
    {%- for feed in counted_feeds() %}
    select
        keys.store_id,
        '{{ feed }}' as feed,
        keys.reporter,
        keys.event_date,
        keys.business_date,
        sum(keys.rows_received) as rows_accepted,
        sum(
            case when keys.first_window >= {{ window_stamp(
                store_day_start(add_days('keys.business_date', 1), 'stores.timezone')
            ) }} then keys.rows_received else 0 end
        ) as rows_late
    from (
        select
            store_id,
            reporter,
            event_date,
            business_date,
            first_window,
            count(*) as rows_received
        from (
            {{ keys_and_days(feed, source('accepted', feed)) }}
        ) as keys_of_windows
        group by store_id, reporter, event_date, business_date, first_window
    ) as keys
    inner join stores
        on keys.store_id = stores.store_id
    group by keys.store_id, keys.reporter, keys.event_date, keys.business_date
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{% macro keys_and_days(feed, relation) %}
    {%- if execute -%}
    {%- set work = worklist().feeds[feed] %}
        {%- set keys = [] -%}
        {%- for column in work.key -%}
            {%- do keys.append('accepted_rows.' ~ column) -%}
        {%- endfor -%}
        {%- if work.columns[work.event_time] | lower == 'date' -%}
            {%- set day = 'accepted_rows.' ~ work.event_time -%}
        {%- else -%}
            {%- set day = store_local_date('accepted_rows.' ~ work.event_time, 'stores.timezone') -%}
        {%- endif %}
        select
            {{ keys | join(', ') }},
            {{ reporter(feed, 'accepted_rows') }} as reporter,
            accepted_rows._event_day as event_date,
            {{ day }} as business_date,
            min(accepted_rows._window) as first_window
        from {{ relation }} as accepted_rows
        inner join stores
            on accepted_rows.store_id = stores.store_id
        group by {{ keys | join(', ') }}, accepted_rows._event_day, {{ day }}
    {%- endif -%}
{% endmacro %}


{# A moment as a window's id begins, so that the two can be compared as text. #}
{% macro window_stamp(moment) -%}
    {{ adapter.dispatch('window_stamp', 'storepulse')(moment) }}
{%- endmacro %}


{% macro duckdb__window_stamp(moment) -%}
    strftime({{ moment }}, '%Y%m%dT%H%M%SZ')
{%- endmacro %}


{% macro spark__window_stamp(moment) -%}
    date_format({{ moment }}, "yyyyMMdd'T'HHmmss'Z'")
{%- endmacro %}


{# Config of a table by feed and event date. A build reads each feed's days whole or not at all, so what it
   read is replaced and the rest stays. #}
{% macro incremental_by_feed_day() %}
    {{ return(adapter.dispatch('incremental_by_feed_day', 'storepulse')()) }}
{% endmacro %}


{% macro duckdb__incremental_by_feed_day() %}
    {{ return(incremental_by('feed_day')) }}
{% endmacro %}


{% macro spark__incremental_by_feed_day() %}
    {{ return(dict(
        incremental_by('feed_day'), partition_by=['feed', 'event_date'], pre_hook='{{ drop_read_feed_days(this) }}'
    )) }}
{% endmacro %}


{% macro get_incremental_feed_days_sql(arguments) %}
    {{ replace_rows(arguments, is_of_read_feed_days()) }}
{% endmacro %}


{# Whether a row is of a feed and day that this build reads; all days of a feed that is read whole. #}
{% macro is_of_read_feed_days() -%}
    {%- for feed in counted_feeds() -%}
        {%- set days = worklist().feeds[feed].days -%}
        (feed = '{{ feed }}'{% if days is not none %} and {{ is_one_of_days('event_date', days) }}{% endif %})
        {{- ' or ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# Spark overwrites only partitions that get rows; the emptied ones go first. #}
{% macro drop_read_feed_days(relation) %}
    {% if execute and is_incremental() %}
        {% for feed in counted_feeds() %}
            {% set days = worklist().feeds[feed].days %}
            {% set whole = ["feed = '" ~ feed ~ "'"] %}
            {% for partition in (whole if days is none else partitions_of_days(feed, days)) %}
                {% do run_query('alter table ' ~ relation ~ ' drop if exists partition (' ~ partition ~ ')') %}
            {% endfor %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{% macro partitions_of_days(feed, days) %}
    {%- set partitions = [] -%}
    {%- for day in days -%}
        {%- do partitions.append("feed = '" ~ feed ~ "', event_date = '" ~ day ~ "'") -%}
    {%- endfor -%}
    {{ return(partitions) }}
{% endmacro %}
