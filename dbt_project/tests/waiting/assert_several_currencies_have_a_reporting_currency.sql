{{ config(severity='warn') }}

-- Stores have more than one currency, and nobody has set which one all of them together
-- are reported in: what was used so far is kept.
select
    currency,
    count(*) as stores,
    '{{ var("reporting_currency") }}' as reported_in
from {{ ref('dim_stores') }}
where
    {{ 'false' if var('reporting_currency_is_set') else 'true' }}
    and (
        select count(distinct stores.currency) > 1 from {{ ref('dim_stores') }} as stores
    )
group by currency
