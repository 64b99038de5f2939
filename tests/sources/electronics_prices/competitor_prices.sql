-- One row per offer and moment at which it was seen.
--
-- In 45 lines a comma within the name was not quoted, so that what follows lies in the columns to the
-- right of its own, and some of it in columns without a name. Such a row goes through with what now
-- lies in the place of its address, for validation to refuse: its values cannot be put back in place.
with

offers_seen as (

    select
        *,
        unnest(string_split("prices.dateSeen", ',')) as seen,
        coalesce(column27, column28, column29, column30, column31) is not null as is_shifted

    from offers

)

select
    'our_electronics' as store_id,
    trim(regexp_replace(lower("prices.merchant"), '[^a-z0-9]+', '-', 'g'), '-') as competitor,
    -- A used one is another thing than a new one.
    id || case when lower("prices.condition") = 'new' then '' else '-not-new' end as competitor_sku,
    null as sku,
    name as product_name,
    "prices.currency" as currency,
    "prices.amountMin" as price,
    "prices.amountMax" as list_price,
    null as shipping_price,
    null as match_confidence,
    -- What is not among these twelve goes through as it is, for validation to refuse.
    case
        when "prices.availability" in ('In Stock', 'Yes', 'yes', 'TRUE') then 'true'
        when
            "prices.availability" in (
                'Out Of Stock', 'No', 'FALSE', 'sold', 'Retired',
                -- can be ordered, and does not lie there
                'Special Order', 'More on the Way'
            )
            then 'false'
        when "prices.availability" = 'undefined' then null
        else "prices.availability"
    end as is_in_stock,
    case
        when is_shifted then "sourceURLs"
        else regexp_extract("prices.sourceURLs", '^https?://[^,]+')
    end as url,
    seen as captured_at
from offers_seen
where
    (try_cast(seen as timestamptz) >= :window_start and try_cast(seen as timestamptz) < :window_end)
    -- A moment that cannot be read belongs to no window: it lands in each, and is refused.
    or try_cast(seen as timestamptz) is null
