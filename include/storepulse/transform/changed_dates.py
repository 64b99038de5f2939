"""Days of facts that change although no row of their own feed did.

A fact also has columns from other feeds: a refund its order's channel, a stock day the product's
status, an amount the exchange rate. When one of those is restated, the days that used it are found
by key in the warehouse as the last build left it; rows that are new to the warehouse are rebuilt
anyway.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from storepulse.feeds.registry import feed_named
from storepulse.lake.accepted import accepted_columns
from storepulse.transform.warehouse import attached

Days = frozenset[date]
# By feed: days that have a version of the same row, and so must be built together.
Moved = Mapping[str, frozenset[Days]]

_PRODUCT_VERSIONS = """
    select store_id, sku, updated_at,
        max_by({'category': category, 'status': status, 'currency': currency, 'price': price,
                'listed_at': listed_at, 'delisted_at': delisted_at},
               row(_accepted_at, _window, _position)) as attributes
    from accepted_rows
    group by store_id, sku, updated_at
"""
_EXCHANGE_RATES = """
    select rate_date, from_currency, to_currency,
        max_by(rate, row(updated_at, _accepted_at, _window, _position)) as rate
    from accepted_rows
    group by rate_date, from_currency, to_currency
"""
_STORES = """
    select store_id,
        max_by({'timezone': timezone, 'currency': currency},
               row(updated_at, _accepted_at, _window, _position)) as attributes
    from accepted_rows
    group by store_id
"""
_LOOKED_UP = {
    "products": _PRODUCT_VERSIONS,
    "fx_rates": _EXCHANGE_RATES,
    "stores": _STORES,
}

# A product's first known version stands for all time before it, so a change there reaches back.
_CHANGED_PRODUCTS = """
    with changes as (
        (select * from now_products except select * from known_products)
        union
        (select * from known_products except select * from now_products)
    ), firsts as (
        select store_id, sku, min(updated_at) as first_at from now_products group by all
        union all
        select store_id, sku, min(updated_at) from known_products group by all
    )
    select store_id, sku, min(case
        when updated_at in (
            select first_at from firsts
            where firsts.store_id = changes.store_id and firsts.sku = changes.sku
        ) then date '1900-01-01'
        else cast(updated_at as date) - 1
    end) as since
    from changes
    group by store_id, sku
"""
_CHANGED_RATES = """
    select distinct from_currency as currency, rate_date from (
        (select * from now_fx_rates except select * from known_fx_rates)
        union
        (select * from known_fx_rates except select * from now_fx_rates)
    )
"""
_DAYS_OF_CHANGED_PRODUCTS = {
    "fct_stock_daily": """
        select distinct event_date
        from warehouse.marts.fct_stock_daily inner join changed_products using (store_id, sku)
        where event_date >= since
    """,
    "fct_competitor_prices": """
        select distinct event_date
        from warehouse.marts.fct_competitor_prices inner join changed_products using (store_id, sku)
        where event_date >= since
    """,
    "fct_reviews": """
        select distinct event_date
        from warehouse.marts.fct_reviews inner join changed_products using (store_id, sku)
        where event_date >= since
    """,
}
_DAYS_OF_CHANGED_RATES = {
    "fct_orders": """
        select distinct event_date
        from warehouse.marts.fct_orders inner join changed_rates using (currency)
        where coalesce(paid_date, order_date) between rate_date and rate_date + 7
    """,
    "fct_refunds": """
        select distinct event_date
        from warehouse.marts.fct_refunds inner join changed_rates using (currency)
        where coalesce(refund_date, requested_date) between rate_date and rate_date + 7
    """,
    "fct_ads": """
        select distinct event_date
        from warehouse.marts.fct_ads as ads inner join changed_rates
            on changed_rates.currency in (ads.currency, ads.account_currency)
        where report_date between rate_date and rate_date + 7
    """,
    "fct_fees": """
        select distinct event_date
        from warehouse.marts.fct_fees as fees inner join changed_rates
            on changed_rates.currency in (fees.currency, fees.charged_currency)
        where charged_date between rate_date and rate_date + 7
    """,
    "fct_shipments": """
        select distinct event_date
        from warehouse.marts.fct_shipments inner join changed_rates using (currency)
        where coalesce(shipped_date, created_date) between rate_date and rate_date + 7
    """,
}
_REFUNDS_OF_ORDERS = """
    with touched_orders as (
        select store_id, order_id
        from warehouse.marts.fct_orders
        where event_date in (select unnest($days::date[]))
        union
        select store_id, order_id
        from accepted_rows
        where _event_day in (select unnest($days::date[]))
    )
    select distinct event_date
    from warehouse.marts.fct_refunds semi join touched_orders using (store_id, order_id)
"""
# By the registry an event time never changes. Where a source changes it all the same, the versions
# of a row lie on several days, and only a build that reads all of them sees which is the newest.
# Events of traffic are log lines, which nobody edits; the other feeds have it in their key.
_MOVABLE = {
    "orders": "fct_orders",
    "order_lines": "fct_order_lines",
    "refunds": "fct_refunds",
    "tickets": "fct_tickets",
    "reviews": "fct_reviews",
    "fees": "fct_fees",
    "shipments": "fct_shipments",
    "purchase_orders": "fct_purchase_orders",
}
_DAYS_OF_ACCEPTED = "select {key}, _event_day as day from accepted_rows"
_DAYS_OF_ACCEPTED_AND_BUILT = """
    select {key}, _event_day as day from accepted_rows
    union all
    select {key}, event_date from warehouse.marts.{fact} semi join accepted_rows using ({key})
"""
_MOVED = """
    with versions as ({versions}),
    moved as (select {key} from versions group by {key} having min(day) <> max(day))
    select distinct list_sort(list(distinct day)) from versions semi join moved using ({key})
    group by {key}
"""


class LastBuild:
    """The warehouse as the last build left it, open for reading together with accepted files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def moved(self, files: Mapping[str, Sequence[Path]]) -> Moved:
        """Like `moved`, for rows of these files on other days than the warehouse has them."""
        return _moved(self._connection, files, _DAYS_OF_ACCEPTED_AND_BUILT)

    def days_of_refunds_for(self, order_days: Days, order_files: Sequence[Path]) -> Days:
        """Days of refunds whose order is, or was in the last build, of one of those days."""
        if not order_days:
            return frozenset()
        _name_accepted_rows(self._connection, "orders", order_files)
        return self._days(_REFUNDS_OF_ORDERS, days=sorted(order_days))

    def days_of_changed_lookups(self, now: Path, known: Path) -> dict[str, Days]:
        """Days of each fact that used a product version or exchange rate that has changed.

        Args:
            now: folder written by `remember_lookups` for this build.
            known: folder written by it for the last finished build.
        """
        for feed in ("products", "fx_rates"):
            for state, folder in (("now", now), ("known", known)):
                self._connection.read_parquet(str(folder / f"{feed}.parquet")).create_view(
                    f"{state}_{feed}"
                )
        self._connection.execute(f"create temp table changed_products as {_CHANGED_PRODUCTS}")
        self._connection.execute(f"create temp table changed_rates as {_CHANGED_RATES}")
        queries = {**_DAYS_OF_CHANGED_PRODUCTS, **_DAYS_OF_CHANGED_RATES}
        return {fact: self._days(query) for fact, query in queries.items()}

    def _days(self, query: str, **parameters: object) -> Days:
        return frozenset(day for (day,) in self._connection.execute(query, parameters).fetchall())


@contextmanager
def last_build(warehouse_file: Path) -> Iterator[LastBuild]:
    """Open the warehouse file for reading; closed again on leaving, so that dbt can have it."""
    with attached(warehouse_file) as connection:
        yield LastBuild(connection)


def moved(files: Mapping[str, Sequence[Path]]) -> Moved:
    """Find rows whose versions lie on several days, though their event time should never change.

    Args:
        files: accepted files by feed.
    """
    with duckdb.connect() as connection:
        return _moved(connection, files, _DAYS_OF_ACCEPTED)


def _moved(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]], versions: str
) -> Moved:
    found = {}
    for feed, fact in _MOVABLE.items():
        key = ", ".join(feed_named(feed).key)
        _name_accepted_rows(connection, feed, files[feed])
        query = _MOVED.format(versions=versions.format(key=key, fact=fact), key=key)
        found[feed] = frozenset(frozenset(days) for (days,) in connection.sql(query).fetchall())
    return found


def with_moved(days: Days, moved_days: frozenset[Days]) -> Days:
    """Add the days that must be built together with one of these."""
    more = days.union(*(together for together in moved_days if together & days))
    return days if more == days else with_moved(more, moved_days)


def remember_lookups(folder: Path, files: Mapping[str, Sequence[Path]]) -> None:
    """Write the lookup tables of facts into a folder as Parquet, for the next build to compare.

    Args:
        folder: made if it is missing.
        files: accepted files of the feeds `products`, `fx_rates` and `stores`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for feed, query in _LOOKED_UP.items():
        with duckdb.connect() as connection:
            _name_accepted_rows(connection, feed, files[feed])
            connection.sql(query).write_parquet(str(folder / f"{feed}.parquet"))


def _name_accepted_rows(
    connection: duckdb.DuckDBPyConnection, feed: str, files: Sequence[Path]
) -> None:
    if files:
        rows = connection.read_parquet(_texts(files), union_by_name=True)
    else:
        columns = accepted_columns(feed).items()
        nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns)
        rows = connection.sql(f"select {nothing} where false")
    rows.create_view("accepted_rows", replace=True)


def same_stores(now: Path, known: Path) -> bool:
    """Whether every store has the time zone and the currency it had."""
    with duckdb.connect() as connection:
        stores = [
            connection.read_parquet(str(folder / "stores.parquet")).order("store_id").fetchall()
            for folder in (now, known)
        ]
    return stores[0] == stores[1]


def _texts(paths: Sequence[Path]) -> list[str]:
    return [str(path) for path in paths]
