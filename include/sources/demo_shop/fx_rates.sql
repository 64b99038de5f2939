-- The accounting department's rates, published five minutes into each UTC day.
select
    day as rate_date,
    from_ccy as from_currency,
    to_ccy as to_currency,
    rate,
    modified as updated_at
from exchange_rates
where modified >= :window_start and modified < :window_end
