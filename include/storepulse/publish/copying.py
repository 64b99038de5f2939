"""The copy of the marts that readers get, and the proof that it is the same as what was built."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storepulse import sql_quoting
from storepulse.errors import PublishRefused
from storepulse.transform.warehouse import attached

# The oldest format DuckDB 2 can write: BI tools bundle drivers from 1.1 on, and a file in the
# newest format is unreadable to all of them.
STORAGE_VERSION = "v1.0.0"
# The UTC day by which facts are rebuilt: next to a store's business dates it would only mislead.
_PARTITION_COLUMN = "event_date"


@contextmanager
def warehouse_and_copy(warehouse: Path, copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse read-only as `warehouse` and a new file at `copy` as `serving`.

    On leaving, the copy is checkpointed and closed, so that it is whole in its one file.
    """
    with attached(warehouse) as con:
        con.execute(
            f"attach {sql_quoting.literal(copy)} as serving (storage_version '{STORAGE_VERSION}')"
        )
        yield con
        con.execute("detach serving")


def copy_marts(con: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """Copy every table and view of schema `marts`, with comments and without the partition column.

    Views are created after the tables they read, and stay views where these are marts themselves,
    so that readers have one copy of each number.

    Returns:
        Rows of each mart, by name.

    Raises:
        PublishRefused: there are no marts, or a copied mart differs from the built one.
    """
    names = _rows(
        con,
        "select table_name, table_type from information_schema.tables "
        "where table_catalog = 'warehouse' and table_schema = 'marts' order by 1",
    )
    if not names:
        raise PublishRefused(
            "the warehouse holds no table in schema marts; run `storepulse build` first. "
            "Readers keep what was published before"
        )
    con.execute("create schema serving.marts")
    ordered = sorted(names, key=lambda mart: mart[1] == "VIEW")
    rows = {name: _copy(con, name, kind == "VIEW") for name, kind in ordered}
    return dict(sorted(rows.items()))


def _copy(con: duckdb.DuckDBPyConnection, name: str, is_view: bool) -> int:
    built = (
        f"(select {_published_columns(con, name)} from warehouse.marts.{sql_quoting.name(name)})"
    )
    copied = f"serving.marts.{sql_quoting.name(name)}"
    stays_view = is_view and _created_in_copy(con, name)
    if not stays_view:
        con.execute(f"create table {copied} as from {built}")
    for statement in _comments(con, name, "view" if stays_view else "table"):
        con.execute(statement)
    expected, got = _fingerprint(con, built), _fingerprint(con, copied)
    if expected != got:
        raise PublishRefused(
            f"the copy of marts.{name} differs from the built one: expected {expected[0]} rows "
            f"with checksum {expected[1]}, got {got[0]} with {got[1]}. Readers keep the last "
            f"good marts; run `storepulse publish` again"
        )
    return int(got[0])


def _published_columns(con: duckdb.DuckDBPyConnection, name: str) -> str:
    is_partitioned = _rows(
        con,
        "select 1 from duckdb_columns() where database_name = 'warehouse' "
        "and schema_name = 'marts' and table_name = ? and column_name = ?",
        [name, _PARTITION_COLUMN],
    )
    return f"* exclude ({_PARTITION_COLUMN})" if is_partitioned else "*"


def _created_in_copy(con: duckdb.DuckDBPyConnection, view: str) -> bool:
    """Create a view of the warehouse in the copy; False if it reads what is not there."""
    ((statement,),) = _rows(
        con,
        "select sql from duckdb_views() where database_name = 'warehouse' "
        "and schema_name = 'marts' and view_name = ?",
        [view],
    )
    con.execute("use serving")
    try:
        con.execute(statement)
    except duckdb.CatalogException:
        return False
    finally:
        con.execute("use memory")
    return True


def _fingerprint(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, str]:
    """Rows and an order-free sum of every row's hash, which covers each column's sum."""
    rows = _rows(
        con, f"select count(*), coalesce(sum(hash(mart)::hugeint), 0)::varchar from {table} as mart"
    )
    return int(rows[0][0]), str(rows[0][1])


def _comments(con: duckdb.DuckDBPyConnection, name: str, kind: str) -> Iterator[str]:
    copied = f"serving.marts.{sql_quoting.name(name)}"
    of_the_mart = "where database_name = 'warehouse' and schema_name = 'marts'"
    for listed, column in (("tables", "table_name"), ("views", "view_name")):
        for (text,) in _rows(
            con, f"select comment from duckdb_{listed}() {of_the_mart} and {column} = ?", [name]
        ):
            if text:
                yield f"comment on {kind} {copied} is {sql_quoting.literal(text)}"
    for column, text in _rows(
        con,
        f"select column_name, comment from duckdb_columns() {of_the_mart} and table_name = ? "
        "and comment is not null and column_name <> ?",
        [name, _PARTITION_COLUMN],
    ):
        place = f"{copied}.{sql_quoting.name(column)}"
        yield f"comment on column {place} is {sql_quoting.literal(text)}"


def _rows(
    con: duckdb.DuckDBPyConnection, query: str, values: list[str] | None = None
) -> list[tuple[str, ...]]:
    return con.execute(query, values or []).fetchall()
