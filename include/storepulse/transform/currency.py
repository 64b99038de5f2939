"""The reporting currency, and amounts converted into it.

Marts convert each store's day at the rate of that day (`int_exchange_rates`). Refused rows often
have no day that can be trusted, so here everything is converted at the newest rate.
"""

import json
from collections.abc import Mapping
from decimal import Decimal

import duckdb

from storepulse.lake import walk
from storepulse.settings import Settings

# What ISO 4217 calls "no currency": there is no store yet.
NO_CURRENCY = "XXX"


def reporting_currency(settings: Settings) -> str:
    """The currency of amounts over all stores.

    The one that is set. Without a setting, that of the stores while they share one; once they do
    not, the one the last finished build used, so that no total changes its meaning unasked. A home
    that begins with several currencies takes the one its exchange rates are quoted in.

    Returns:
        A code of ISO 4217; `XXX` while no store is known.
    """
    if settings.reporting_currency:
        return settings.reporting_currency
    currencies = store_currencies(settings)
    if len(currencies) == 1:
        return currencies[0]
    return _in_use(settings) or _quoted(settings) or (currencies or [NO_CURRENCY])[0]


def store_currencies(settings: Settings) -> list[str]:
    """The currencies of the accepted stores, sorted by code."""
    return _codes(
        settings,
        "stores",
        "select distinct max_by(currency, row(updated_at, _accepted_at, _window, _position)) "
        "from read_parquet($files, union_by_name = true) group by _source, store_id order by 1",
    )


def _in_use(settings: Settings) -> str | None:
    record = settings.warehouse / "built.json"
    if not record.is_file():
        return None
    used: str = json.loads(record.read_text(encoding="utf-8"))["reporting_currency"]
    return used if used != NO_CURRENCY else None


def _quoted(settings: Settings) -> str | None:
    quoted = _codes(
        settings,
        "fx_rates",
        "select to_currency from read_parquet($files, union_by_name = true) "
        "group by 1 order by count(*) desc, 1",
    )
    return quoted[0] if quoted else None


def _codes(settings: Settings, feed: str, query: str) -> list[str]:
    paths = _accepted(settings, feed)
    if not paths:
        return []
    with duckdb.connect() as con:
        return [code for (code,) in con.execute(query, {"files": paths}).fetchall()]


def _accepted(settings: Settings, feed: str) -> list[str]:
    return [str(files.accepted) for files in walk.accepted(settings, feed)]


def newest_rates(settings: Settings) -> Mapping[str, Decimal]:
    """The newest rate of each currency into the reporting currency.

    Returns:
        1 for the reporting currency itself; a currency without a rate is left out.
    """
    currency = reporting_currency(settings)
    rates = {currency: Decimal(1)}
    paths = _accepted(settings, "fx_rates")
    if paths:
        with duckdb.connect() as con:
            found = con.execute(
                "select from_currency, "
                "max_by(rate, row(rate_date, updated_at, _accepted_at, _window, _position)) "
                "from read_parquet(?, union_by_name = true) where to_currency = ? group by 1",
                [paths, currency],
            ).fetchall()
        rates = {**dict(found), **rates}
    return rates


def summed(amounts: Mapping[str, Decimal], rates: Mapping[str, Decimal]) -> tuple[Decimal, bool]:
    """Add amounts up in the reporting currency.

    Returns:
        The sum, rounded to cents, and whether every amount could be converted. An amount without
        a rate is left out; its rate is never taken for 1.
    """
    known = {currency: amount for currency, amount in amounts.items() if currency in rates}
    total = sum((amount * rates[currency] for currency, amount in known.items()), Decimal())
    is_all = all(currency in known for currency, amount in amounts.items() if amount)
    return total.quantize(Decimal("0.01")), is_all
