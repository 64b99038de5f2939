-- Refused rows with the store and the local day they belong to. A row whose moment
-- cannot be read, or is of a day on which the feed was not watched, belongs to the day
-- its window begins; one of a store nobody knows to the store `unknown`.
with

refused_rows as (

    select
        *,
        cast(concat_ws(
            '-',
            substring(window_id, 1, 4),
            substring(window_id, 5, 2),
            substring(window_id, 7, 2)
        ) as date) as window_date
    from {{ source('quarantine', 'refused_rows') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

feed_spans as (

    select * from {{ ref('int_feed_spans') }}

),

with_local_date as (

    select
        refused_rows.*,
        stores.store_id as known_store_id,
        stores.currency as store_currency,
        case
            when refused_rows.is_event_date then cast(refused_rows.event_at as date)
            else {{ store_local_date('refused_rows.event_at', 'stores.timezone') }}
        end as local_date

    from refused_rows
    left join stores
        on
            refused_rows.store_id = stores.store_id
            and refused_rows.source_name = stores.source_name

),

with_span as (

    select
        with_local_date.*,
        own_spans.first_day,
        all_spans.last_day

    from with_local_date
    left join feed_spans as own_spans
        on
            with_local_date.known_store_id = own_spans.store_id
            and with_local_date.feed = own_spans.feed
    left join feed_spans as all_spans
        on
            with_local_date.known_store_id = all_spans.store_id
            and all_spans.feed = 'any_feed'

),

refused_rows_dated as (

    select
        coalesce(known_store_id, 'unknown') as store_id,
        feed,
        source_name,
        row_key,
        amount,
        currency,
        store_currency,
        window_id,
        position,
        case
            when local_date between first_day and last_day then local_date
            when window_date < first_day then first_day
            when window_date > last_day then last_day
            else window_date
        end as business_date
    from with_span

)

select * from refused_rows_dated
