"""What amounts come to in the reporting currency, for people who weigh one pile against another.

Marts convert each event at the rate of its own day (`int_exchange_rates`). Refused rows often have
no day that can be believed, so here everything is worth what it is worth by the newest rate.
"""

from collections.abc import Mapping
from decimal import Decimal

import duckdb

from storepulse.settings import Settings


def newest_rates(settings: Settings) -> Mapping[str, Decimal]:
    """What one unit of each currency is worth in the reporting currency, by the newest rate.

    Returns:
        The reporting currency itself is 1; a currency without any rate is left out.
    """
    rates = {settings.reporting_currency: Decimal(1)}
    files = [str(path) for path in sorted(settings.accepted.glob("fx_rates/*/[!.]*.parquet"))]
    if files:
        with duckdb.connect() as con:
            found = con.execute(
                "select from_currency, "
                "max_by(rate, row(rate_date, updated_at, _accepted_at, _window, _position)) "
                "from read_parquet(?, union_by_name = true) where to_currency = ? group by 1",
                [files, settings.reporting_currency],
            ).fetchall()
        rates = {**dict(found), **rates}
    return rates


def summed(amounts: Mapping[str, Decimal], rates: Mapping[str, Decimal]) -> tuple[Decimal, bool]:
    """Add amounts up in the reporting currency.

    Returns:
        The sum, rounded to cents, and whether every amount could be converted. What has no rate
        is left out and never taken for 1.
    """
    known = {currency: amount for currency, amount in amounts.items() if currency in rates}
    total = sum((amount * rates[currency] for currency, amount in known.items()), Decimal())
    is_all = all(currency in known for currency, amount in amounts.items() if amount)
    return total.quantize(Decimal("0.01")), is_all
