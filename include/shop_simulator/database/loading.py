"""The shop's own database, on SQLite or PostgreSQL, loaded in bulk."""

from collections.abc import Iterable, Mapping

import pandas as pd
from sqlalchemy import Connection, Engine, Numeric, Table, create_engine, inspect
from sqlalchemy.types import DateTime

from shop_simulator.database.rows import as_text
from shop_simulator.database.schema import metadata

Row = tuple[str | None, ...]


def open_database(url: str) -> Engine:
    """Connect to the shop's database; only the first query reaches it."""
    return create_engine(url)


def database_holds_a_shop(url: str) -> bool:
    """Whether a shop's tables are there."""
    engine = open_database(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return set(metadata.tables) <= tables


def create_tables(engine: Engine) -> None:
    """Drop the shop's tables and create them again, empty."""
    metadata.drop_all(engine)
    metadata.create_all(engine)


def load(engine: Engine, frames: Mapping[str, pd.DataFrame], changed_from_ms: int) -> int:
    """Write changed rows to the database, in one transaction.

    Args:
        engine: of a database with the shop's tables.
        frames: rows by table, with `modified_ms`; see `database.rows`.
        changed_from_ms: rows last modified before are in the database already.

    Returns:
        how many rows were written.
    """
    written = 0
    with engine.begin() as connection:
        for name, frame in frames.items():
            changed = frame[frame["modified_ms"] >= changed_from_ms]
            rows = list(_rows(metadata.tables[name], changed))
            if rows:
                _upsert(connection, metadata.tables[name], rows)
            written += len(rows)
    return written


def _rows(table: Table, frame: pd.DataFrame) -> Iterable[Row]:
    columns = [as_text(frame, column.name, _kind(column.type)) for column in table.columns]
    return zip(*columns, strict=True)


def _kind(column_type: object) -> str:
    if isinstance(column_type, DateTime):
        return "moment"
    # Amounts have two decimals and are kept in cents; rates are spelled out already.
    is_money = isinstance(column_type, Numeric) and column_type.scale == len("cc")
    return "money" if is_money else "plain"


def _upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    if connection.dialect.name == "postgresql":
        _copy_and_merge(connection, table, rows)
        return
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    connection.connection.cursor().executemany(
        f"insert into {table.name} ({', '.join(names)}) values ({marks}) {_on_conflict(table)}",
        rows,
    )


def _copy_and_merge(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Load through a temporary table: COPY is much faster than inserts but replaces nothing."""
    cursor = connection.connection.cursor()
    cursor.execute(f"create temp table incoming (like {table.name}) on commit drop")
    with cursor.copy("copy incoming from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(f"insert into {table.name} select * from incoming {_on_conflict(table)}")
    cursor.execute("drop table incoming")


def _on_conflict(table: Table) -> str:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if not column.primary_key]
    news = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"on conflict ({', '.join(keys)}) do update set {news}"
