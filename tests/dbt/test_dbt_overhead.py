"""The bench compares a build with the same SQL without dbt: it must be the same."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

OVERHEAD = Path(__file__).parents[1] / "bench" / "dbt_overhead.py"


@pytest.mark.slow
def test_the_sql_that_is_timed_without_dbt_makes_the_tables_that_dbt_made(lake, tmp_path):
    lake.accept("stores", [{}], "2026-11-01", "2026-11-06")
    lake.accept("orders", [{"order_id": "a"}, {"order_id": "b"}], "2026-11-01", "2026-11-06")
    statements = tmp_path / "statements.jsonl"

    outputs = [_run(lake, "record", statements), _run(lake, "replay", statements, tmp_path)]

    assert [" in " in text and text.endswith(" s\n") for text in outputs] == [True, True]
    built, replayed = (
        _rows_by_table(place / "storepulse.duckdb") for place in (lake.settings.warehouse, tmp_path)
    )
    assert built == replayed
    assert built["marts.fct_orders"] == 2


def _run(lake, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, str(OVERHEAD), *map(str, arguments)],
        env={**os.environ, "STOREPULSE_HOME": str(lake.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _rows_by_table(place: Path) -> dict[str, int]:
    with duckdb.connect(place, read_only=True) as con:
        tables = con.sql("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        return {
            name: con.sql(f"select count(*) from {name}").fetchall()[0][0] for (name,) in tables
        }
