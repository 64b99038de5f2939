"""The one place that opens the warehouse file, besides dbt. DuckDB lets one process write it.

Readers of marts have a file of their own, which `storepulse.publish` copies from this one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storepulse import sql_quoting


@contextmanager
def opened(file: Path, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse by itself; closed on leaving, so that dbt can have it.

    Raises:
        duckdb.Error: another program has it open, or it is damaged.
    """
    with duckdb.connect(str(file), read_only=read_only) as con:
        yield con


@contextmanager
def attached(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with the warehouse as `warehouse`, for reading; closed on leaving.

    Raises:
        duckdb.Error: another program has it open for writing, or it is damaged.
    """
    with duckdb.connect() as con:
        con.execute(f"attach {sql_quoting.literal(file)} as warehouse (read_only)")
        yield con
